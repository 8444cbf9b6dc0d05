package export

import (
	"context"
	"encoding/json"

	"hilum/app/records"
	"hilum/internal/message"
)

// LogEntry is what the audit log holds of an export.
type LogEntry struct {
	Reader     string
	Picture    records.Picture
	Model      records.ModelID
	Files      []string
	Identified bool
}

// LogExport writes into an audit log that files left the program.
func LogExport(ctx context.Context, store *records.Store, e LogEntry) error {
	detail, err := json.Marshal(map[string]any{"files": e.Files, "identified": e.Identified})
	if err != nil {
		return message.Errorf("audit log: %w", err)
	}
	return store.Log(ctx, records.Event{Kind: records.Exported, Reader: e.Reader, Path: e.Picture.Location,
		Picture: &e.Picture, Model: &e.Model, Detail: detail})
}
