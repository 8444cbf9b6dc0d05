package launch

import (
	"net"
	"os"
	"syscall"
)

// ours tells whether the other side of a connection is this user, as the kernel knows it
// (SO_PEERCRED of socket(7)).
func ours(conn net.Conn) bool {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return false
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return false
	}
	mine := false
	err = raw.Control(func(fd uintptr) {
		peer, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		mine = err == nil && int(peer.Uid) == os.Getuid()
	})
	return err == nil && mine
}
