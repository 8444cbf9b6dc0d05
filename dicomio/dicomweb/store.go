package dicomweb

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// Stored says what became of objects that were sent, by SOP Instance UID: those that are
// kept, and the reason of those that are not (PS3.18 10.5.3, table I.2-2).
type Stored struct {
	Kept   map[string]bool
	Failed map[string]uint16 // Failure Reason (0008,1197)
	// Silent says that the server did not say which: all that were sent are kept, or none.
	Silent bool
}

// Store sends objects, each as a file (PS3.10) that write writes (STOW-RS, PS3.18 10.5). An
// error is about all of them.
func (c *Client) Store(ctx context.Context, writes []func(io.Writer) error) (*Stored, error) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	sent := make(chan error, 1)
	go func() {
		err := writeParts(form, writes)
		_ = w.CloseWithError(err)
		sent <- err
	}()
	head := http.Header{"Accept": {typeJSON}, "Content-Type": {mime.FormatMediaType("multipart/related",
		map[string]string{"type": typeDICOM, "boundary": form.Boundary()})}}
	answer, err := c.request(ctx, http.MethodPost, "/studies", head, r)
	_ = r.Close() // what is still written ends
	if e := <-sent; e != nil && !errors.Is(e, io.ErrClosedPipe) {
		if err == nil {
			_ = answer.Body.Close()
		}
		return nil, e // the file, not the server
	}
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusConflict, http.StatusBadRequest:
		return c.stored(answer)
	}
	return nil, &StatusError{answer.StatusCode}
}

func writeParts(form *multipart.Writer, writes []func(io.Writer) error) error {
	for _, write := range writes {
		part, err := form.CreatePart(textproto.MIMEHeader{"Content-Type": {typeDICOM}})
		if err != nil {
			return err
		}
		if err := write(part); err != nil {
			return err
		}
	}
	return form.Close()
}

// stored reads what became of the objects. Servers that say so in XML or not at all are
// understood by their status.
func (c *Client) stored(answer *http.Response) (*Stored, error) {
	done := &Stored{Kept: map[string]bool{}, Failed: map[string]uint16{}}
	body, err := readAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var said Object
	if !strings.Contains(answer.Header.Get("Content-Type"), "json") || !decodeOne(body, &said) {
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusAccepted {
			return nil, &StatusError{answer.StatusCode}
		}
		c.o.Warn(message.Of("The server did not say which objects it kept."))
		done.Silent = true
		return done, nil
	}
	for _, item := range said.Items(tag.FailedSOPSequence) {
		const processing = 0x0110
		done.Failed[item.Text(tag.ReferencedSOPInstanceUID)] = uint16(item.Int(tag.FailureReason, processing))
	}
	for _, item := range said.Items(tag.ReferencedSOPSequence) {
		done.Kept[item.Text(tag.ReferencedSOPInstanceUID)] = true
	}
	if len(done.Failed)+len(done.Kept) == 0 && answer.StatusCode >= http.StatusBadRequest {
		return nil, &StatusError{answer.StatusCode}
	}
	return done, nil
}
