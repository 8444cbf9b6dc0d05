package checkpoint

import (
	"bytes"
	"encoding/binary"

	"hilum/internal/message"
)

// maxOpcodes bounds a pickle. The state dict of a ResNet-152 with its
// optimizer takes about 150,000.
const maxOpcodes = 1 << 20

// scanPickle walks through the opcodes of the pickle at the start of b and
// returns its length. It refuses what the unpickler would trust: declared
// lengths beyond the data, pickles without end, and opcodes that PyTorch never
// writes. Running the pickle is then bounded by its length.
func scanPickle(b []byte) (int, error) {
	at := 0
	for range maxOpcodes {
		if at >= len(b) {
			return 0, message.Errorf("%w: a pickle without end", ErrDamaged)
		}
		op := b[at]
		at++
		if op == '.' {
			return at, nil
		}
		n, err := argument(op, b[at:])
		if err != nil {
			return 0, err
		}
		if n < 0 || n > len(b)-at {
			return 0, message.Errorf("%w: opcode %#x wants %d bytes of the %d left", ErrDamaged, op, n, len(b)-at)
		}
		at += n
	}
	return 0, message.Errorf("%w: a pickle of more than %d steps", ErrRefused, maxOpcodes)
}

// fixedArguments are the opcodes with arguments of fixed length, by length:
// protocols 2 to 4 without the text forms of protocol 0.
func fixedArguments(op byte) (int, bool) {
	switch op {
	case '(', ')', ']', '}', 'N', 't', 'l', 'd', 'e', 'a', 's', 'u', 'b', 'R', 'Q', '0', '1', '2', // mark ... dup
		0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94:
		return 0, true
	case 0x80, 'K', 'q', 'h': // PROTO, BININT1, BINPUT, BINGET
		return 1, true
	case 'M': // BININT2
		return 2, true
	case 'J', 'r', 'j': // BININT, LONG_BINPUT, LONG_BINGET
		return 4, true
	case 'G': // BINFLOAT
		return 8, true
	}
	return 0, false
}

// argument returns the length of an opcode's argument.
func argument(op byte, rest []byte) (int, error) {
	if n, ok := fixedArguments(op); ok {
		return n, nil
	}
	switch op {
	case 'X', 'T', 'B', 0x8b: // BINUNICODE, BINSTRING, BINBYTES, LONG4
		return counted(rest, 4)
	case 'U', 'C', 0x8a, 0x8c: // SHORT_BINSTRING, SHORT_BINBYTES, LONG1, SHORT_BINUNICODE
		return counted(rest, 1)
	case 0x8d, 0x8e: // BINUNICODE8, BINBYTES8
		return counted(rest, 8)
	case 0x95: // FRAME: its contents follow as ordinary opcodes
		if n, err := counted(rest, 8); err != nil || n < 0 {
			return n, err
		}
		return 8, nil
	case 'c': // GLOBAL: two lines
		first := bytes.IndexByte(rest, '\n')
		if first < 0 {
			return -1, nil
		}
		second := bytes.IndexByte(rest[first+1:], '\n')
		if second < 0 {
			return -1, nil
		}
		return first + second + 2, nil
	}
	return 0, message.Errorf("%w: pickle opcode %#x, which PyTorch does not write", ErrRefused, op)
}

// counted is the length of an argument with its length before it in width
// little-endian bytes.
func counted(rest []byte, width int) (int, error) {
	if len(rest) < width {
		return -1, nil
	}
	var n [8]byte
	copy(n[:], rest[:width])
	v := binary.LittleEndian.Uint64(n[:])
	if v > uint64(len(rest)-width) {
		return -1, nil
	}
	return width + int(v), nil
}
