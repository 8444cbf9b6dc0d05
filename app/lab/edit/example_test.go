package edit_test

import (
	"context"
	"fmt"

	"hilum/app/lab/edit"
	"hilum/dicomio"
	"hilum/internal/message"
)

// A kind of edit of one's own is appended to the list that is handed on.
func ExampleOperations_Apply() {
	operations := append(edit.Standard(), edit.Operation{
		Kind:  "negative",
		Title: func(edit.Edit) message.Message { return message.Of("Negative") },
		Doing: func(edit.Edit) message.Message { return message.Of("This negative") },
		Apply: func(_ context.Context, s *edit.Sheet, _ edit.Edit, _ edit.Images) error {
			s.Map(func(brightness float32) float32 { return 1 - brightness })
			return nil
		},
	})
	image := &dicomio.Image{Width: 3, Height: 1, Samples: 1, BitsStored: 8, Modality: dicomio.Modality{Slope: 1},
		Stored: []int32{0, 100, 255}}
	out, err := operations.Apply(context.Background(), image, []edit.Edit{{Kind: "negative"}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(operations.Title(edit.Edit{Kind: "negative"}), out.Stored)
	// Output:
	// Negative [255 155 0]
}
