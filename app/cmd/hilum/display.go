package main

import (
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-gl/glfw/v3.4/glfw"

	"hilum/internal/message"
)

// displayPatience is how long a display may take to answer.
const displayPatience = 3 * time.Second

// x11Port is the TCP port of display 0 (X11 protocol, appendix B).
const x11Port = 6000

// checkDisplay says what is missing before the toolkit ends the program in its
// own words: display is the value of DISPLAY, as ":0", ":0.0" or "host:10.0".
func checkDisplay(display string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	if display == "" {
		return message.New("there is no display here (DISPLAY is not set): start hilum on a desktop, or use cxr infer for the same work without a window")
	}
	if !answers(display) {
		return message.Errorf("the display %s does not answer: start hilum on a desktop, or use cxr infer for the same work without a window", display)
	}
	return nil
}

// answers tries the ways to an X server. A name that is not understood is left
// to the toolkit.
func answers(display string) bool {
	host, number, ok := strings.Cut(display, ":")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || strings.Contains(host, "/") {
		return true
	}
	ways := [][2]string{{"unix", "/tmp/.X11-unix/X" + number}, {"unix", "@/tmp/.X11-unix/X" + number}}
	if host != "" && host != "unix" {
		ways = [][2]string{{"tcp", net.JoinHostPort(host, strconv.Itoa(x11Port+n))}}
	}
	for _, w := range ways {
		if c, err := net.DialTimeout(w[0], w[1], displayPatience); err == nil {
			return c.Close() == nil
		}
	}
	return false
}

// flatBuffers asks for windows without a depth and a stencil buffer, which the
// toolkit does not use: it only clears the depth in every frame, and where the
// renderer is software that costs an eighth of a frame. It is for the time between
// the making of the first window and its showing: the toolkit starts the windowing
// library with the one and asks for the buffers with the other.
func flatBuffers() {
	glfw.WindowHint(glfw.DepthBits, 0)
	glfw.WindowHint(glfw.StencilBits, 0)
}
