package node

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hilum/dicomio/pacs"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Destination is a server that results are sent to.
type Destination struct {
	pacs.Server
	// Deidentified has it get objects without the patient's identity, and with them the film
	// likewise, which they refer to and nobody else has under these UIDs.
	Deidentified bool
}

// Destinations are servers that get what is made as it is.
func Destinations(servers ...pacs.Server) (list []Destination) {
	for _, s := range servers {
		list = append(list, Destination{Server: s})
	}
	return list
}

// folder is where the objects of a film for this destination lie below the others; "" among
// them.
func (d Destination) folder() string {
	if !d.Deidentified {
		return ""
	}
	sum := sha256.Sum256([]byte(d.Address()))
	return "deidentified-" + short(hex.EncodeToString(sum[:]))
}

// keyFile holds what pseudonyms and UIDs are derived from.
const keyFile = "deidentify.key"

const keySize = 32

// readKey reads the key of a node's folder, or makes it.
func readKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	key, err := regular.ReadBounded(path, keySize)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, keySize)
		if _, err := rand.Read(key); err != nil {
			return nil, message.Errorf("preparing pseudonyms: %w", err)
		}
		err := atomicfile.WriteDurably(path, func(w io.Writer) error { _, err := w.Write(key); return err })
		if err == nil {
			err = os.Chmod(path, 0o600) // who has it can tell whose a pseudonym is
		}
		return key, err
	}
	if err == nil && len(key) != keySize {
		err = message.Errorf("it has %d bytes, and a key has %d", len(key), keySize)
	}
	if err != nil {
		return nil, message.Errorf(
			"cannot use %s, which pseudonyms are derived from: %w; restore it, or remove it to begin with new pseudonyms",
			path, err)
	}
	return key, nil
}

// keyFor is the key of one destination: two that put their films together cannot tell by
// pseudonyms and UIDs which are the same.
func keyFor(key []byte, d Destination) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = io.WriteString(h, strings.ToLower(d.Address())) // a hash takes everything
	return h.Sum(nil)
}
