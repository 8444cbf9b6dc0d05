package records

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// writerEnv makes the test binary a program that answers without end and says
// on standard output what was acknowledged.
const writerEnv = "HILUM_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		s := New(path)
		for i := 0; ; i++ {
			out, err := s.Answer(context.Background(), answer(fmt.Sprint(i), "Mass", Agree, true),
				answer(fmt.Sprint(i), "Nodule", Unsure, false))
			if err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
			fmt.Println(out[1].ID)
		}
	}
	os.Exit(m.Run())
}

// TestKilledWhileWriting kills a writing program again and again: what it
// acknowledged is there, answers come in whole pairs, and the chain holds.
func TestKilledWhileWriting(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	path := filepath.Join(t.TempDir(), "records.db")
	for round := range rounds {
		acknowledged := killWriter(t, path)
		s := New(path)
		answers, err := s.Answers(t.Context(), AnswerFilter{History: true})
		if err != nil {
			t.Fatal(err)
		}
		if last := int64(len(answers)); last < acknowledged || last%2 != 0 {
			t.Fatalf("round %d: %d answers are there, %d were acknowledged", round, last, acknowledged)
		}
		if state, err := s.VerifyAudit(t.Context(), ""); err != nil || state.Entries != int64(len(answers)) {
			t.Fatalf("round %d: %v, %d entries for %d answers", round, err, state.Entries, len(answers))
		}
		var verdict string
		if err := s.query(t.Context(), func(r *sql.Rows) error { return r.Scan(&verdict) },
			"PRAGMA integrity_check"); err != nil || verdict != "ok" {
			t.Fatalf("round %d: %v, integrity %s", round, err, verdict)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killWriter runs the writer until it has written something, kills it at a
// random moment after that, and returns the last answer that it acknowledged.
func killWriter(t *testing.T, path string) (acknowledged int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	for first := true; lines.Scan(); first = false {
		var n int64
		if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
			t.Fatalf("the writer says %q", lines.Text())
		}
		acknowledged = n
		if first {
			time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if acknowledged == 0 {
		t.Fatal("the writer wrote nothing")
	}
	return acknowledged
}
