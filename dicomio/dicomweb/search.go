package dicomweb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// page is how many results are asked for at a time.
const page = 200

// ErrEnough is returned by who takes the results of a search and wants no more.
var ErrEnough = message.New("enough answers")

// Search asks for what matches (QIDO-RS, PS3.18 10.6), page by page: path is what is
// searched for, as "/studies" or "/studies/1.2.3/instances", key the UID that tells its
// results apart. each gets them in turn; an error of it ends the search, and only others
// than ErrEnough are returned.
func (c *Client) Search(
	ctx context.Context,
	path string,
	query url.Values,
	key tag.Tag,
	each func(Object) error,
) error {
	seen := map[string]bool{}
	for offset := 0; ; {
		n, fresh, more, err := c.page(ctx, path, pageOf(query, offset), func(o Object) (bool, error) {
			id := o.Text(key)
			if id == "" {
				c.o.Warn(message.Of("The server gave a result without its UID, which was left out."))
				return false, nil
			}
			if seen[id] {
				return false, nil
			}
			seen[id] = true
			return true, each(o)
		})
		if errors.Is(err, ErrEnough) {
			return nil
		}
		if err != nil || n == 0 || n < page && !more {
			return err
		}
		if fresh == 0 { // it gives the same page again
			c.o.Warn(message.Of("The server gives its results in one piece; some may be missing."))
			return nil
		}
		offset += n
	}
}

func pageOf(query url.Values, offset int) string {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	q.Set("limit", strconv.Itoa(page))
	if offset > 0 {
		q.Set("offset", strconv.Itoa(offset))
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(q)) {
		for _, v := range q[k] {
			parts = append(parts, escaped(k)+"="+escaped(v))
		}
	}
	return strings.Join(parts, "&")
}

// escaped writes a value of a query as browsers do (WHATWG URL 1.3): Orthanc, for one,
// matches * and ^ as they stand and not their escapes.
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || strings.IndexByte("\"#<>'&+=%;", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// page asks for one page: how many results it had, how many of them were new, and whether
// the server says that it has more (PS3.18 8.3.4.4).
func (c *Client) page(
	ctx context.Context,
	path, query string,
	take func(Object) (bool, error),
) (n, fresh int, more bool,
	err error) {
	answer, err := c.get(ctx, path+"?"+query, typeJSON)
	if err != nil {
		return 0, 0, false, err
	}
	defer answer.Body.Close()
	for _, w := range answer.Header.Values("Warning") {
		more = more || strings.HasPrefix(w, "299") && strings.Contains(w, "additional results")
	}
	err = c.objects(answer, func(o Object) error {
		n++
		isNew, err := take(o)
		if isNew {
			fresh++
		}
		return err
	})
	return n, fresh, more, err
}

// Metadata gives the attributes of the instances of a study, a series or an instance,
// without bulk data (WADO-RS, PS3.18 10.4.1.1.2), in turn.
func (c *Client) Metadata(ctx context.Context, path string, each func(Object) error) error {
	answer, err := c.get(ctx, path+"/metadata", typeJSON)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return c.objects(answer, each)
}
