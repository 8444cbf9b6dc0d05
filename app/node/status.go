package node

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
)

// counters count what happened since the start.
type counters struct {
	received, duplicates, refused, associationErrors atomic.Int64
	scored, skipped, failed                          atomic.Int64
	sent, sendRefused, unreached                     atomic.Int64
}

// status answers /healthz and /metrics (the text format of Prometheus); docs/node.md says what
// the counters count.
func (n *Node) status() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		err := n.room()
		if err == nil {
			_, err = n.journal.Count(r.Context())
		}
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		counts, err := n.journal.Count(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		n.writeMetrics(w, counts)
	})
	return mux
}

func (n *Node) writeMetrics(w http.ResponseWriter, counts Counts) {
	metric := func(name, kind string) { fmt.Fprintf(w, "# TYPE hilum_node_%s %s\n", name, kind) }
	c := &n.counters
	for _, m := range []struct {
		name  string
		value *atomic.Int64
	}{
		{"received_total", &c.received},
		{"duplicates_total", &c.duplicates},
		{"refused_total", &c.refused},
		{"association_errors_total", &c.associationErrors},
		{"scored_total", &c.scored},
		{"skipped_total", &c.skipped},
		{"failed_total", &c.failed},
		{"sent_total", &c.sent},
		{"send_refused_total", &c.sendRefused},
		{"unreached_total", &c.unreached},
	} {
		metric(m.name, "counter")
		fmt.Fprintf(w, "hilum_node_%s %d\n", m.name, m.value.Load())
	}
	for _, g := range []struct {
		name   string
		values map[State]int
	}{{"jobs", counts.Jobs}, {"deliveries", counts.Deliveries}} {
		metric(g.name, "gauge")
		for _, s := range slices.Sorted(slices.Values([]State{Waiting, Done, Skipped, Failed})) {
			fmt.Fprintf(w, "hilum_node_%s{state=%q} %d\n", g.name, string(s), g.values[s])
		}
	}
	if free, err := freeBytes(n.c.Dir); err == nil {
		metric("disk_free_bytes", "gauge")
		fmt.Fprintf(w, "hilum_node_disk_free_bytes %d\n", free)
	}
}
