package pacs_test

import (
	"testing"

	"hilum/dicomio/internal/dicomtest"
)

func TestMain(m *testing.M) { dicomtest.Main(m) }
