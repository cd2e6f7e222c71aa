package receiver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// write logs a line. A log that cannot be written is a fault of the test bench: the request is taken all the same, and counted as unlogged.
func (r *Receiver) write(t Taken) {
	if r.log == nil {
		return
	}
	line, err := json.Marshal(t)
	if err == nil {
		r.logMu.Lock()
		_, err = r.log.Write(append(line, '\n'))
		r.logMu.Unlock()
	}
	if err != nil {
		r.counts.refused(unlogged)
	}
}

// ReadLog reads a log of requests taken, duplicates included. A last line that is cut off is left out.
func ReadLog(log io.Reader) ([]Taken, error) {
	var all []Taken
	lines := bufio.NewReader(log)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read receiver's log: %w", err)
		}
		var t Taken
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("read receiver's log: line %d: %w", n, err)
		}
		all = append(all, t)
	}
}
