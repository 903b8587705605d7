package awstest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// peers says what to do when a program is missing.
const peers = "scripts/peers.sh installs what these tests talk to"

// Kinesis starts kinesalite and returns its URL. It checks no signatures.
func Kinesis(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(top(t), "test", "kinesis")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "kinesalite")); err != nil {
		t.Fatalf("%v: %s", err, peers)
	}
	node := exec.Command("node", "serve.js")
	node.Dir = dir
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	node.Stderr = os.Stderr
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_ = node.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("kinesalite said %q: %v", line, err)
	}
	return strings.TrimSpace(line)
}

// S3 starts an S3 server (versitygw) that checks signatures. It returns its URL and the directory in which buckets are
// folders and objects files. root and secret may do everything; region is where it is.
func S3(t testing.TB, root, secret, region string) (url, dir string) {
	t.Helper()
	program := S3Program(t)
	home := t.TempDir()
	dir = filepath.Join(home, "data")
	for _, name := range []string{"data", "meta", "iam"} {
		if err := os.Mkdir(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	server := exec.Command(program, "--port", address, "--region", region, "--iam-dir", filepath.Join(home, "iam"), "--quiet",
		"posix", "--sidecar", filepath.Join(home, "meta"), dir)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+root, "ROOT_SECRET_KEY="+secret)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for range 200 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return "http://" + address, dir
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("versitygw does not listen")
	return "", ""
}

// S3Program is the path of versitygw.
func S3Program(t testing.TB) string {
	t.Helper()
	program := os.Getenv("SIMSTEAD_TEST_VERSITYGW")
	if program == "" {
		program = filepath.Join(top(t), ".cache", "bin", "versitygw")
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: %s", err, peers)
	}
	return program
}

// top is the repository's root.
func top(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("not in the repository")
	return ""
}
