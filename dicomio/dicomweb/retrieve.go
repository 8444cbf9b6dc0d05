package dicomweb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Part is one part of an answer. It is read before the next one is asked for.
type Part struct {
	io.Reader
	Type string // media type, as the server says
}

// As objects are asked for: in the transfer syntax that they have; and, of servers that
// do not know that wish (PS3.18 8.7.3.5.2), in whatever they give.
const (
	anySyntax   = `multipart/related; type="application/dicom"; transfer-syntax=*`
	theirSyntax = `multipart/related; type="application/dicom", application/dicom`
)

// Retrieve fetches the objects of a study, a series or an instance (WADO-RS, PS3.18 10.4),
// by its path as "/studies/1.2.3". each gets them as files (PS3.10), in turn; an error of it
// ends the retrieval.
func (c *Client) Retrieve(ctx context.Context, path string, each func(Part) error) error {
	answer, err := c.get(ctx, path, anySyntax)
	var status *StatusError
	if errors.As(err, &status) &&
		(status.Status == http.StatusNotAcceptable || status.Status == http.StatusBadRequest) {
		c.o.Warn(message.Of("The server does not send objects as they are; it may have encoded them anew."))
		answer, err = c.get(ctx, path, theirSyntax)
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return c.parts(answer, typeDICOM, each)
}

// Frames fetches frames of an instance by number, from 1 on, as they are stored (WADO-RS,
// PS3.18 10.4.1.1.6): compressed in the object's transfer syntax, or as native values.
func (c *Client) Frames(ctx context.Context, instance string, frames []int, each func(Part) error) error {
	var list []string
	for _, n := range frames {
		list = append(list, strconv.Itoa(n))
	}
	answer, err := c.get(ctx, instance+"/frames/"+strings.Join(list, ","),
		`multipart/related; type="application/octet-stream"; transfer-syntax=*`)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return c.parts(answer, "application/octet-stream", each)
}

// Rendered fetches a picture of an instance, as a browser shows it (WADO-RS, PS3.18
// 10.4.1.1.3): a JPEG of at most so many pixels across and down, and its media type.
func (c *Client) Rendered(
	ctx context.Context,
	instance string,
	width, height int,
) (picture []byte, kind string, err error) {
	answer, err := c.get(ctx, fmt.Sprintf("%s/rendered?viewport=%d,%d", instance, width, height), "image/jpeg")
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	kind, _, _ = mime.ParseMediaType(answer.Header.Get("Content-Type")) // what is none is told by its bytes
	picture, err = readAll(answer.Body)
	if err == nil && !strings.HasPrefix(kind, "image/") {
		c.o.Warn(message.Of("The server calls its answer %s, not %s.", kind, "image/jpeg"))
		kind = http.DetectContentType(picture)
	}
	return picture, kind, err
}

// parts hands on the parts of an answer. An answer that is one object, or whose type is
// wrong, is taken for what it holds.
func (c *Client) parts(answer *http.Response, want string, each func(Part) error) error {
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	body := bufio.NewReaderSize(answer.Body, 64<<10)
	kind, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	boundary := params["boundary"]
	if err != nil || strings.HasPrefix(kind, "multipart/") && boundary == "" ||
		!strings.HasPrefix(kind, "multipart/") && kind != want {
		if boundary == "" {
			boundary = boundaryOf(body)
		}
		c.o.Warn(
			message.Of(
				"The server calls its answer %s, not %s.",
				answer.Header.Get("Content-Type"),
				"multipart/related",
			),
		)
	}
	if boundary == "" {
		if kind == want {
			c.o.Warn(message.Of("The server sent one object without its envelope."))
		}
		return each(Part{body, kind})
	}
	return c.multipart(multipart.NewReader(body, boundary), want, each)
}

// boundaryOf is what the first line of a body in parts names; "" where it is none.
func boundaryOf(body *bufio.Reader) string {
	head, _ := body.Peek(256)
	head = bytes.TrimLeft(head, "\r\n")
	line, _, found := bytes.Cut(head, []byte("\n"))
	if !found || !bytes.HasPrefix(line, []byte("--")) {
		return ""
	}
	return strings.TrimRight(string(line[2:]), "\r ")
}

func (c *Client) multipart(r *multipart.Reader, want string, each func(Part) error) error {
	warned := false
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return message.Errorf("its answer ends too early, after %d objects", n)
		case err != nil:
			return err
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if (err != nil || kind != want) && want == typeDICOM && !warned {
			warned = true
			c.o.Warn(message.Of("The server calls its answer %s, not %s.", p.Header.Get("Content-Type"), want))
		}
		if err := each(Part{p, kind}); err != nil {
			return err
		}
	}
}
