package inference

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"hilum/internal/regular"
)

// HashFile is the SHA-256 of a file's bytes in hex, by which models and weights are
// known.
func HashFile(path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
