package webhook

import (
	"io"
	"testing"
	"testing/iotest"
)

func TestBody(t *testing.T) {
	for _, tt := range []struct {
		name    string
		records []string
		array   bool
		want    string
	}{
		{"one object", []string{`{"id":1}`}, false, `{"id":1}`},
		{"array of one", []string{`{"id":1}`}, true, `[{"id":1}]`},
		{"array of three", []string{`{"id":1}`, `{"id":22}`, `{}`}, true, `[{"id":1},{"id":22},{}]`},
		{"empty record", []string{``, `1`, ``}, true, `[,1,]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &body{array: tt.array}
			for _, r := range tt.records {
				b.records = append(b.records, []byte(r))
			}
			if b.size() != int64(len(tt.want)) {
				t.Errorf("size %d, want %d", b.size(), len(tt.want))
			}
			for range 2 { // a second reader starts anew
				r, _ := b.reader()
				if err := iotest.TestReader(r, []byte(tt.want)); err != nil {
					t.Error(err)
				}
				r.Close()
				r.Close()
			}
			r, _ := b.reader()
			if got, _ := io.ReadAll(iotest.OneByteReader(r)); string(got) != tt.want {
				t.Errorf("byte by byte: %s", got)
			}
			r.Close()
			b.wait()
		})
	}
}
