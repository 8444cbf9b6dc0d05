package dimse

import (
	"reflect"
	"testing"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// The bytes are those of PS3.7 table 9.3-12 and E.1-1, by hand.
func TestAnEchoIsLaidOutAsTheStandardSays(t *testing.T) {
	c := command{field: echoRQ, class: "1.2.840.10008.1.1", id: 7}
	want := "\x00\x00\x00\x00\x04\x00\x00\x00\x38\x00\x00\x00" +
		"\x00\x00\x02\x00\x12\x00\x00\x001.2.840.10008.1.1\x00" +
		"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x00" +
		"\x00\x00\x10\x01\x02\x00\x00\x00\x07\x00" +
		"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01"
	if got := string(c.encode()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCommandsComeBack(t *testing.T) {
	for _, c := range []command{
		{field: storeRQ, class: "1.2.3", instance: "1.2.3.4", id: 1, hasData: true},
		{field: storeRQ | isAnswer, class: "1.2.3", instance: "1.2.3.4", id: 1, status: OutOfResources, comment: "full"},
		{field: moveRQ, class: "1.2.3", id: 65535, destination: "ABC", hasData: true},
		{field: cancelRQ, id: 3},
	} {
		got, err := decodeCommand(c.encode())
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v became %+v, %v", c, got, err)
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add((&command{field: storeRQ, class: "1.2.3", instance: "1.2.3.4", id: 1, hasData: true}).encode())
	f.Add((&command{field: getRQ | isAnswer, class: "1.2.3", id: 1, status: Pending, comment: "x"}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeCommand(b)
		if err != nil {
			return
		}
		if _, err := decodeCommand(c.encode()); err != nil {
			t.Fatal(err)
		}
	})
}

// Every status says something, and those of the standard something of their own.
func TestStatusesHaveWords(t *testing.T) {
	for s, want := range map[Status]string{
		0xA700: "it is out of resources, such as disk space", 0xA7FF: "it is out of resources, such as disk space",
		0xA900: "the object is not of the class that was announced", 0xC123: "it cannot process the request",
		0xB000: "it was done with a warning", 0x0124: "this application entity title may not do that there",
		0x1234: "the status is not of the standard",
	} {
		if got := s.Meaning().String(); got != want {
			t.Errorf("%04X says %q, want %q", uint16(s), got, want)
		}
	}
}

// Keys are sorted, and text beyond ASCII says how it is encoded (PS3.5 6.1.2).
func TestIdentifiers(t *testing.T) {
	got := string(encodeKeys([]Key{{tag.PatientName, "Müller"}, AtLevel(StudyLevel)}))
	want := "\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 192" + "\x08\x00\x52\x00\x06\x00\x00\x00STUDY " +
		"\x10\x00\x10\x00\x08\x00\x00\x00M\xc3\xbcller "
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
