// Go's net/http as a peer: one process, one core, the same rounds as the clients of Node. It is told what to do by lines of
// JSON on stdin and answers on stdout; see harness/go-process.mjs. Optional: nothing here is needed to use or build Rockpool.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sort"
	"sync"
	"syscall"
	"time"
)

type setup struct {
	Origin      string `json:"origin"`
	Path        string `json:"path"`
	CaFile      string `json:"caFile"`
	Secure      bool   `json:"secure"`
	Connections int    `json:"connections"`
}

type command struct {
	Command string  `json:"command"`
	Ms      float64 `json:"ms"`
	Setup   setup   `json:"setup"`
}

var client *http.Client
var about setup

func open(s setup) error {
	about = s
	transport := &http.Transport{
		MaxIdleConns: s.Connections, MaxIdleConnsPerHost: s.Connections, MaxConnsPerHost: s.Connections,
		IdleConnTimeout: 60 * time.Second, ResponseHeaderTimeout: 60 * time.Second, DisableCompression: true,
	}
	if s.Secure {
		pem, err := os.ReadFile(s.CaFile)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	client = &http.Client{Transport: transport}
	return nil
}

func once() error {
	response, err := client.Get(about.Origin + about.Path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	return err
}

func used() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func run(ms float64) (map[string]any, error) {
	lanes := make([][]float64, about.Connections)
	failures := make(chan error, about.Connections)
	var group sync.WaitGroup
	cpu, began := used(), time.Now()
	deadline := began.Add(time.Duration(ms * float64(time.Millisecond)))
	for lane := range lanes {
		group.Add(1)
		go func(lane int) {
			defer group.Done()
			for from := time.Now(); from.Before(deadline); {
				if err := once(); err != nil {
					failures <- err
					return
				}
				now := time.Now()
				lanes[lane] = append(lanes[lane], float64(now.Sub(from))/1e6)
				from = now
			}
		}(lane)
	}
	group.Wait()
	spent, elapsed := used()-cpu, float64(time.Since(began))/1e6
	select {
	case err := <-failures:
		return nil, err
	default:
	}
	all := []float64{}
	for _, times := range lanes {
		all = append(all, times...)
	}
	sort.Float64s(all)
	count := float64(len(all))
	at := func(share float64) float64 { return all[int(count*share)] }
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return map[string]any{
		"count": count, "elapsed": elapsed, "rate": count / elapsed * 1000, "cpu": float64(spent) / 1e3 / count,
		"p50": at(0.5), "p99": at(0.99), "rss": float64(usage.Maxrss) / 1024, "heap": heap(),
	}, nil
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func act(c command) (any, error) {
	switch c.Command {
	case "open":
		return map[string]string{"version": runtime.Version()}, open(c.Setup)
	case "run":
		return run(c.Ms)
	case "heap":
		return map[string]uint64{"heap": heap()}, nil
	}
	return nil, fmt.Errorf("unknown command %q", c.Command)
}

func main() {
	runtime.GOMAXPROCS(1)
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		if c.Command == "close" {
			return
		}
		result, err := act(c)
		if err != nil {
			answers.Encode(map[string]string{"error": err.Error()})
			continue
		}
		answers.Encode(map[string]any{"result": result})
	}
}
