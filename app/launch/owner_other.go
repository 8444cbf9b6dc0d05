//go:build !linux

package launch

import "net"

// ours trusts the folder, which is this user's, where the system does not tell who calls.
func ours(net.Conn) bool { return true }
