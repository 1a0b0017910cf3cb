// Peers of /peers.Probe in Go: probe serve PORT | probe call PORT CASES.json. See peers/cases.ts for what they do.
//
// Both print a JSON object per call: the SHA-256 of each message, and what the client was told of the call's end.
package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang/protobuf/proto"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages are bytes as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }

func (rawCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte{}, data...)
	return nil
}

// Encodings beside gzip, which grpc brings along.
type compressor struct {
	name   string
	writer func(io.Writer) io.WriteCloser
	reader func(io.Reader) (io.Reader, error)
}

func (c compressor) Name() string { return c.name }

func (c compressor) Compress(w io.Writer) (io.WriteCloser, error) { return c.writer(w), nil }

func (c compressor) Decompress(r io.Reader) (io.Reader, error) { return c.reader(r) }

// Snappy without frames.
type rawSnappy struct {
	bytes.Buffer
	to io.Writer
}

func (s *rawSnappy) Close() error {
	_, err := s.to.Write(snappy.Encode(nil, s.Bytes()))
	return err
}

func init() {
	encoding.RegisterCodec(rawCodec{})
	encoding.RegisterCompressor(compressor{"deflate",
		func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }})
	encoding.RegisterCompressor(compressor{"zstd",
		func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
		func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }})
	encoding.RegisterCompressor(compressor{"x-snappy-framed",
		func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) },
		func(r io.Reader) (io.Reader, error) { return snappy.NewReader(r), nil }})
	encoding.RegisterCompressor(compressor{"snappy",
		func(w io.Writer) io.WriteCloser { return &rawSnappy{to: w} },
		func(r io.Reader) (io.Reader, error) {
			all, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			plain, err := snappy.Decode(nil, all)
			return bytes.NewReader(plain), err
		}})
}

var lock sync.Mutex

func say(what map[string]interface{}) {
	line, _ := json.Marshal(what)
	lock.Lock()
	defer lock.Unlock()
	fmt.Println(string(line))
}

func digest(message []byte) string {
	sum := sha256.Sum256(message)
	return hex.EncodeToString(sum[:])
}

func body(size, seed int) []byte {
	message := make([]byte, size)
	for i := range message {
		message[i] = byte(seed + i/7)
	}
	return message
}

func reversed(message []byte) []byte {
	reply := make([]byte, len(message))
	for i, b := range message {
		reply[len(message)-1-i] = b
	}
	return reply
}

var gathered = sync.NewCond(&sync.Mutex{})
var gatheredCount = 0

// Waits until so many calls are here.
func gather(count int) {
	gathered.L.Lock()
	defer gathered.L.Unlock()
	gatheredCount++
	gathered.Broadcast()
	for gatheredCount < count {
		gathered.Wait()
	}
}

type wish metadata.MD

func (w wish) text(name string) string { return strings.Join(w[name], ",") }

func (w wish) number(name string) int {
	n, _ := strconv.Atoi(w.text(name))
	return n
}

// Answers calls of all four kinds; oneReply: the last reply is the only one.
func serveCall(stream grpc.ServerStream, oneReply bool, stop func()) error {
	md, _ := metadata.FromIncomingContext(stream.Context())
	w := wish(md)
	deadline, _ := stream.Context().Deadline()
	say(map[string]interface{}{"peer": "server", "call": w.text("x-call-id"),
		"timeLeftMs": float64(time.Until(deadline)) / float64(time.Millisecond)})
	trailer := metadata.MD{}
	for _, value := range w["x-echo-bin"] {
		trailer.Append("x-echo-bin", value)
	}
	stream.SetHeader(trailer.Copy())
	stream.SetTrailer(trailer)
	if w.text("x-stop") != "" {
		go stop()
	}
	if count := w.number("x-gather"); count > 0 {
		gather(count)
	}
	received, sent := []string{}, []string{}
	code := codes.Code(w.number("x-status"))
	send := func(reply []byte) error {
		time.Sleep(time.Duration(w.number("x-sleep-ms")) * time.Millisecond)
		sent = append(sent, digest(reply))
		return stream.SendMsg(&reply)
	}
	last := []byte{}
	for {
		var request []byte
		if err := stream.RecvMsg(&request); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		received = append(received, digest(request))
		if w.text("x-cancel") != "" {
			return status.Error(codes.Canceled, "by the server")
		}
		last = reversed(request)
		if _, many := w["x-replies"]; many {
			for i := 0; i < w.number("x-replies"); i++ {
				if err := send(body(w.number("x-reply-size"), i)); err != nil {
					return err
				}
			}
		} else if code == codes.OK && !oneReply {
			if err := send(last); err != nil {
				return err
			}
		}
		if w.text("x-early") != "" {
			break
		}
	}
	if oneReply && code == codes.OK {
		if err := send(last); err != nil {
			return err
		}
	}
	say(map[string]interface{}{"peer": "server", "call": w.text("x-call-id"), "received": received, "sent": sent})
	if details := w.text("x-details-bin"); details != "" {
		var s rpc.Status
		if err := proto.Unmarshal([]byte(details), &s); err != nil {
			return err
		}
		return status.ErrorProto(&s)
	}
	return status.Error(code, w.text("x-message-bin"))
}

func serve(port string) {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20), grpc.MaxSendMsgSize(64<<20))
	stream := func(name string, oneReply bool) grpc.StreamDesc {
		return grpc.StreamDesc{StreamName: name, ServerStreams: true, ClientStreams: true,
			Handler: func(_ interface{}, s grpc.ServerStream) error { return serveCall(s, oneReply, server.GracefulStop) }}
	}
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "peers.Probe", HandlerType: (*interface{})(nil), Streams: []grpc.StreamDesc{
		stream("Unary", true), stream("ClientStream", true), stream("ServerStream", false), stream("Bidi", false),
	}}, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	fmt.Println("serving")
	server.Serve(listener)
	// Calls that GracefulStop waits for are over when it returns, not when Serve does.
	time.Sleep(time.Second)
}

type probeCase struct {
	Id          string
	Kind        string
	Sizes       []int
	Encoding    string
	TimeoutMs   int
	CancelAfter int
	Group       string
	Metadata    [][2]string
}

func callOne(connection *grpc.ClientConn, c probeCase) {
	timeout := 30 * time.Second
	if c.TimeoutMs > 0 {
		timeout = time.Duration(c.TimeoutMs) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-call-id", c.Id)
	for _, pair := range c.Metadata {
		value := pair[1]
		if strings.HasSuffix(pair[0], "-bin") {
			raw, _ := base64.StdEncoding.DecodeString(value)
			value = string(raw)
		}
		ctx = metadata.AppendToOutgoingContext(ctx, pair[0], value)
	}
	var trailer metadata.MD
	options := []grpc.CallOption{grpc.Trailer(&trailer), grpc.MaxCallRecvMsgSize(64 << 20), grpc.MaxCallSendMsgSize(64 << 20)}
	if c.Encoding != "" {
		options = append(options, grpc.UseCompressor(c.Encoding))
	}
	description := grpc.StreamDesc{ServerStreams: true, ClientStreams: c.Kind == "ClientStream" || c.Kind == "Bidi"}
	sent, received := []string{}, []string{}
	stream, err := connection.NewStream(ctx, &description, "/peers.Probe/"+c.Kind, options...)
	for i, size := range c.Sizes {
		if err != nil {
			break
		}
		request := body(size, i)
		sent = append(sent, digest(request))
		if stream.SendMsg(&request) != nil {
			break
		}
	}
	if err == nil {
		stream.CloseSend()
	}
	for err == nil {
		var reply []byte
		if err = stream.RecvMsg(&reply); err == nil {
			received = append(received, digest(reply))
			if len(received) == c.CancelAfter {
				cancel()
			}
		}
	}
	if err == io.EOF {
		err = nil
	}
	s := status.Convert(err)
	var details interface{}
	if len(s.Details()) > 0 {
		opened, _ := proto.Marshal(s.Proto())
		details = base64.StdEncoding.EncodeToString(opened)
	}
	echoed := []string{}
	for _, value := range trailer.Get("x-echo-bin") {
		echoed = append(echoed, base64.StdEncoding.EncodeToString([]byte(value)))
	}
	say(map[string]interface{}{"peer": "client", "call": c.Id, "sent": sent, "received": received, "code": s.Code(),
		"message": s.Message(), "details": details, "echoed": echoed})
}

func call(port, path string) {
	file, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var cases []probeCase
	if err := json.Unmarshal(file, &cases); err != nil {
		panic(err)
	}
	connection, err := grpc.Dial("127.0.0.1:"+port, grpc.WithInsecure(), grpc.WithBlock())
	if err != nil {
		panic(err)
	}
	var group sync.WaitGroup
	for _, c := range cases {
		if c.Group == "" {
			group.Wait()
			callOne(connection, c)
			continue
		}
		group.Add(1)
		go func(c probeCase) {
			defer group.Done()
			callOne(connection, c)
		}(c)
	}
	connection.Close()
}

func main() {
	if os.Args[1] == "serve" {
		serve(os.Args[2])
	} else {
		call(os.Args[2], os.Args[3])
	}
}
