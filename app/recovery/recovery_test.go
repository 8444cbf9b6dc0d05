package recovery

import "testing"

// FuzzJournal: what lies in the folder of the preferences may be anything.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"version":1,"clean":false,"crashes":1,"studies":["/a.dcm","/z.zip/1.dcm"],"current":"/a.dcm"}`))
	f.Add([]byte(`{"version":1,"crashes":-3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJournal(data)
		if err != nil {
			return
		}
		for _, path := range j.Studies {
			if len(path) > 100 {
				return // the file system is not what is tested
			}
		}
		containers(j.Studies)
	})
}
