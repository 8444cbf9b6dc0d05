package dicomio

import (
	"testing"

	"hilum/dicomio/internal/dicomtest"
)

func TestMain(m *testing.M) { dicomtest.Main(m) }

func abs(v int32) int32 { return max(v, -v) }
