// The peers of ../../python/kinds_peers.py in Go: kinds serve ADDRESS [CERT KEY] | kinds call ADDRESS [CA].
// Built with GO111MODULE=off from Debian's golang-google-grpc-dev.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	mib     = 1024 * 1024
	largest = 16 * mib
	many    = 100
)

// A codec for messages that are bytes.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte{}, data...)
	return nil
}
func (raw) Name() string   { return "proto" }
func (raw) String() string { return "proto" }

type report struct {
	Peer     string   `json:"peer"`
	Call     string   `json:"call"`
	Sent     []string `json:"sent"`
	Received []string `json:"received"`
	Code     int      `json:"code"`
	Message  string   `json:"message"`
}

var lock sync.Mutex

func (r *report) tell() {
	lock.Lock()
	defer lock.Unlock()
	line, _ := json.Marshal(r)
	fmt.Println(string(line))
}

func digest(message []byte) string {
	sum := sha256.Sum256(message)
	return hex.EncodeToString(sum[:])
}

func reversed(bytes []byte) []byte {
	turned := make([]byte, len(bytes))
	for i, b := range bytes {
		turned[len(bytes)-1-i] = b
	}
	return turned
}

// stream is what both sides' streams have.
type stream interface {
	SendMsg(m interface{}) error
	RecvMsg(m interface{}) error
}

func (r *report) take(s stream) ([]byte, error) {
	var message []byte
	err := s.RecvMsg(&message)
	if err == nil {
		r.Received = append(r.Received, digest(message))
	}
	return message, err
}

func (r *report) give(s stream, message []byte) error {
	r.Sent = append(r.Sent, digest(message))
	return s.SendMsg(&message)
}

func newReport(peer, call string) *report {
	return &report{Peer: peer, Call: call, Sent: []string{}, Received: []string{}}
}

func handle(_ interface{}, s grpc.ServerStream) error {
	path, _ := grpc.MethodFromServerStream(s)
	meta, _ := metadata.FromIncomingContext(s.Context())
	seen := newReport("server", meta.Get("x-call-id")[0])
	defer seen.tell()
	method := path[strings.LastIndex(path, "/")+1:]
	if method == "Gather" || method == "Chat" {
		return handleStream(method, seen, s)
	}
	request, err := seen.take(s)
	if err != nil {
		return err
	}
	switch method {
	case "Unary":
		return seen.give(s, reversed(request))
	case "Fail":
		return status.Error(codes.InvalidArgument, "refused: ünïcode 100 %")
	case "Slow":
		time.Sleep(time.Second)
		return status.Error(codes.DeadlineExceeded, "too slow")
	case "Spread":
		for i := 0; i < 5; i++ {
			if err := seen.give(s, append(append([]byte{}, request...), byte(i))); err != nil {
				return err
			}
		}
		return nil
	case "Endless":
		for {
			select {
			case <-s.Context().Done():
				return s.Context().Err()
			case <-time.After(20 * time.Millisecond):
				if err := seen.give(s, request); err != nil {
					return err
				}
			}
		}
	case "Leave":
		seen.give(s, request)
		seen.give(s, request)
		return status.Error(codes.Canceled, "I left")
	}
	return status.Error(codes.Unimplemented, method)
}

func handleStream(method string, seen *report, s grpc.ServerStream) error {
	total := 0
	for {
		request, err := seen.take(s)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		total += len(request)
		if method == "Chat" {
			if err := seen.give(s, reversed(request)); err != nil {
				return err
			}
		}
	}
	if method == "Chat" {
		return nil
	}
	return seen.give(s, []byte(fmt.Sprint(total)))
}

func serve(address string, tls []string) {
	options := []grpc.ServerOption{
		grpc.CustomCodec(raw{}),
		grpc.MaxRecvMsgSize(largest),
		grpc.UnknownServiceHandler(handle),
	}
	if len(tls) == 2 {
		creds, err := credentials.NewServerTLSFromFile(tls[0], tls[1])
		check(err)
		options = append(options, grpc.Creds(creds))
	}
	network, where := "tcp", address
	if strings.HasPrefix(address, "unix:") {
		network, where = "unix", strings.TrimPrefix(address, "unix:")
	}
	listener, err := net.Listen(network, where)
	check(err)
	server := grpc.NewServer(options...)
	fmt.Println("serving")
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		server.Stop()
	}()
	check(server.Serve(listener))
}

type caller struct{ connection *grpc.ClientConn }

// run makes a call; requests are sent as they come, cancelAfter replies it is cancelled (0: it is not).
func (c caller) run(call, method string, requests <-chan []byte, wait time.Duration, cancelAfter int) {
	seen := newReport("client", call)
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-call-id", call)
	desc := &grpc.StreamDesc{StreamName: method, ClientStreams: true, ServerStreams: true}
	s, err := c.connection.NewStream(ctx, desc, "/kinds.Kinds/"+method, grpc.ForceCodec(raw{}))
	if err == nil {
		sent := make(chan struct{})
		go func() {
			for request := range requests {
				seen.give(s, request)
			}
			s.CloseSend()
			close(sent)
		}()
		for err == nil {
			_, err = seen.take(s)
			if cancelAfter > 0 && len(seen.Received) == cancelAfter {
				cancel()
			}
		}
		<-sent
	}
	if err != io.EOF {
		seen.Code, seen.Message = int(status.Code(err)), status.Convert(err).Message()
	}
	seen.tell()
}

func these(bodies ...[]byte) <-chan []byte {
	queue := make(chan []byte, len(bodies))
	for _, body := range bodies {
		queue <- body
	}
	close(queue)
	return queue
}

func body(size int) []byte {
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = byte((i*137 + size) % 253)
	}
	return bytes
}

func bodies(sizes ...int) <-chan []byte {
	all := [][]byte{}
	for _, size := range sizes {
		all = append(all, body(size))
	}
	return these(all...)
}

func (c caller) runMany() {
	var begun, done sync.WaitGroup
	begun.Add(many)
	done.Add(many)
	for number := 0; number < many; number++ {
		queue := make(chan []byte)
		go func(number int) {
			queue <- []byte(fmt.Sprintf("first of %d", number))
			begun.Done()
			begun.Wait()
			queue <- []byte(fmt.Sprintf("second of %d", number))
			close(queue)
		}(number)
		go func(number int) {
			c.run(fmt.Sprintf("many-%d", number), "Chat", queue, 20*time.Second, 0)
			done.Done()
		}(number)
	}
	done.Wait()
}

func call(address string, tls []string) {
	options := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largest), grpc.MaxCallSendMsgSize(largest)),
		grpc.WithBlock(),
	}
	if len(tls) == 1 {
		creds, err := credentials.NewClientTLSFromFile(tls[0], "localhost")
		check(err)
		options = append(options, grpc.WithTransportCredentials(creds))
	} else {
		options = append(options, grpc.WithInsecure())
	}
	if strings.HasPrefix(address, "unix:") {
		path := strings.TrimPrefix(address, "unix:")
		options = append(options, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
		address = "passthrough:///localhost"
	}
	connection, err := grpc.Dial(address, options...)
	check(err)
	defer connection.Close()
	c := caller{connection}
	usual := 20 * time.Second
	for _, size := range []int{0, 1, 100, 20_000} {
		c.run(fmt.Sprintf("unary-%d", size), "Unary", bodies(size), usual, 0)
	}
	c.run("fail", "Fail", these([]byte("please")), usual, 0)
	c.run("gather", "Gather", bodies(0, 5, 3_000, 70_000, 9), usual, 0)
	c.run("spread", "Spread", these([]byte("spread")), usual, 0)
	c.run("chat", "Chat", bodies(3, 0, 40_000, 7, 700, 1, 2, 3, 4, 5), usual, 0)
	c.run("large", "Unary", bodies(8*mib), usual, 0)
	c.run("cancel", "Endless", these([]byte("until you leave")), usual, 2)
	c.run("leave", "Leave", these([]byte("until I leave")), usual, 0)
	c.run("deadline", "Slow", these([]byte("hurry")), 150*time.Millisecond, 0)
	c.runMany()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	if os.Args[1] == "serve" {
		serve(os.Args[2], os.Args[3:])
		return
	}
	call(os.Args[2], os.Args[3:])
}
