package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a run of the program.
type Process struct {
	cmd    *exec.Cmd
	output buffer
	ended  chan struct{}
}

// buffer collects what a process prints.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func launch(binary, dir string, env []string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing is left behind
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Output is what the process has printed so far.
func (p *Process) Output() string { return p.output.String() }

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Stop sends a signal and waits for the end, which has to come within ten seconds and with exit status 0.
func (p *Process) Stop(s os.Signal) error {
	if !p.Running() {
		return fmt.Errorf("the program had ended by itself (%v):\n%s", p.cmd.ProcessState, p.Output())
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.Kill()
		return fmt.Errorf("the program did not end within 10 s of %v:\n%s", s, p.Output())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the program ended with exit status %d after %v:\n%s", code, s, p.Output())
	}
	return nil
}

// Kill ends the process at once (SIGKILL).
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.ended
}
