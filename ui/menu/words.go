package menu

import (
	"sort"
	"strings"

	"hilum/app/command"
	"hilum/ui/kit"
)

// Title is a command's title as the menus show it; the rows of the
// findings share one with their number.
func Title(env *kit.Environment, c command.Command) string {
	if IsRow(c) {
		return env.T("Heat map of class %s by name", strings.TrimPrefix(c.ID, rowPrefix))
	}
	if IsMethod(c) && c.ID != MethodPrefix+OwnMethod {
		return env.T("Map by %s", env.T(c.Title))
	}
	if IsColours(c) {
		return env.T("Colours of the map: %s", env.T(c.Title))
	}
	if strings.HasPrefix(c.ID, ReaderPrefix) {
		return c.Title // a name
	}
	return env.T(c.Title)
}

// ReaderPrefix begins the IDs of what chooses a reader; their titles are names.
const ReaderPrefix = "reader.is."

// KeyText writes a shortcut as it stands on the reader's keys.
func KeyText(env *kit.Environment, s string) string {
	if s == "" {
		return ""
	}
	parts := strings.Split(s, "+")
	for i, p := range parts {
		if char, ok := kit.Characters()[p]; ok {
			parts[i] = string(char)
		} else if len(p) > 1 && !command.IsFunctionKey(p) {
			parts[i] = env.T(p)
		}
	}
	return strings.Join(parts, "+")
}

// Names are the names of the menus of commands, in their order.
func Names(commands []command.Command) []string {
	order := Order()
	seen := map[string]bool{}
	var out []string
	for _, c := range commands {
		if !seen[c.Menu] {
			seen[c.Menu] = true
			out = append(out, c.Menu)
		}
	}
	rank := func(m string) int {
		for i, o := range order {
			if o == m {
				return i
			}
		}
		return len(order)
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i]) < rank(out[j]) })
	return out
}
