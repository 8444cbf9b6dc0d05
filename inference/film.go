package inference

import (
	"fmt"
	"slices"
	"strings"

	"hilum/dicomio"
)

// CheckFilm says what makes a picture unlike the frontal chest films that the
// models here are made for, as far as its header tells; one sentence each. A
// PNG tells nothing and gives no warning.
func CheckFilm(im *dicomio.Image) []string {
	var out []string
	s := im.Study
	if m := strings.ToUpper(strings.TrimSpace(s.Modality)); m != "" && !slices.Contains([]string{"CR", "DX", "DR", "RG", "SC", "OT"}, m) {
		out = append(out, fmt.Sprintf("Modality is %s, not a projection radiograph: do not rely on the findings.", m))
	}
	if b := strings.ToUpper(strings.TrimSpace(s.BodyPart)); b != "" && !strings.Contains(b, "CHEST") && !strings.Contains(b, "THORAX") && !strings.Contains(b, "LUNG") {
		out = append(out, fmt.Sprintf("Body part is %s, not chest: do not rely on the findings.", b))
	}
	switch v := strings.ToUpper(strings.TrimSpace(s.ViewPosition)); v {
	case "", "PA":
	case "AP":
		out = append(out, "AP view: the heart looks larger than on a PA film.")
	case "LL", "RL", "LATERAL", "LAT":
		out = append(out, "Lateral view: the model was made for frontal films.")
	default:
		out = append(out, fmt.Sprintf("View position %s: the model was made for frontal films.", v))
	}
	if im.Frames > 1 {
		out = append(out, fmt.Sprintf("The file has %d frames; the first is shown and scored.", im.Frames))
	}
	return append(out, im.Warnings...)
}
