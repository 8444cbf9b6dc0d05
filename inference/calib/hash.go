package calib

import (
	"crypto/sha256"
	"encoding/hex"

	"hilum/internal/message"
)

// SHA256 identifies what the calibration says: the hash, hex, of the bytes that
// Encode writes. Two files that differ in layout alone have the same.
func (c *Calibration) SHA256() (string, error) {
	data, err := c.Encode()
	if err != nil {
		return "", message.Errorf("hash: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
