package charset

import "testing"

// Oracle: the worked examples of PS3.5 annexes H, I, J and K, and of PS3.3 for
// single-byte sets.
func TestCharacterSets(t *testing.T) {
	for _, c := range []struct{ set, bytes, want string }{
		{"", "Doe^Jane", "Doe^Jane"},
		{"ISO_IR 100", "M\xfcller^\xc4nne", "Müller^Änne"},
		{"ISO_IR 101", "Wa\xb3\xeasa^Lech", "Wałęsa^Lech"},
		{"ISO_IR 144", "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"},
		{"ISO_IR 126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"},
		{"ISO_IR 127", "\xe2\xc8\xc7\xe6\xea", "قباني"},
		{"ISO_IR 138", "\xf9\xf8\xe5\xef", "שרון"},
		{"ISO_IR 166", "\xca\xc1\xaa\xd2\xc2", "สมชาย"},
		{"ISO_IR 13", "\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"},
		{"ISO_IR 192", "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=", "Wang^XiaoDong=王^小東="},
		{"GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="},
		{"GBK", "\xcd\xf5^\xd0\xa1\xb6\xab", "王^小东"},
		{`\ISO 2022 IR 87`, "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
			"Yamada^Tarou=山田^太郎=やまだ^たろう"},
		{`ISO 2022 IR 13\ISO 2022 IR 87`,
			"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
			"ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
		{`\ISO 2022 IR 149`,
			"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
			"Hong^Gildong=洪^吉洞=홍^길동"},
		{`\ISO 2022 IR 58`, "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东="},
		{`ISO 2022 IR 100\ISO 2022 IR 144`, "Dionysios\x1b-L\xbb\xee", "DionysiosЛю"},
		{`ISO 2022 IR 6\ISO 2022 IR 159`, "\x1b$(D\x30\x21\x1b(B", "丂"},
		{"", "M\xc3\xbcller", "Müller"}, // undeclared UTF-8
		{"", "M\xfcller", "Müller"},     // undeclared Latin-1
	} {
		if got := New(c.set).Decode([]byte(c.bytes), true); got != c.want {
			t.Errorf("%q: % x gives %q, want %q", c.set, c.bytes, got, c.want)
		}
	}
}
