// A gRPC peer that follows a plan of calls as bytes: peer serve|call ADDRESS PLAN. ../plan.ts tells what a plan is.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type call struct {
	Path     string
	Requests [][]byte
	Replies  [][]byte
	Code     codes.Code
	Message  string
}

type plan struct {
	Calls   []call
	Batches [][]int
}

// raw passes messages as they are.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v interface{}) error { *v.(*[]byte) = append([]byte{}, data...); return nil }
func (raw) Name() string                               { return "proto" }
func (raw) String() string                             { return "proto" }

func main() {
	text, err := os.ReadFile(os.Args[3])
	must(err)
	var p plan
	must(json.Unmarshal(text, &p))
	if os.Args[1] == "serve" {
		serve(os.Args[2], p)
	} else {
		callAll(os.Args[2], p)
	}
}

func key(path string, requests [][]byte) string {
	parts := []string{path}
	for _, request := range requests {
		parts = append(parts, fmt.Sprintf("%x", request))
	}
	return strings.Join(parts, " ")
}

func serve(address string, p plan) {
	known := map[string]call{}
	for _, c := range p.Calls {
		known[key(c.Path, c.Requests)] = c
	}
	answer := func(_ interface{}, stream grpc.ServerStream) error {
		path, _ := grpc.MethodFromServerStream(stream)
		requests, err := receiveAll(stream.RecvMsg)
		if err != nil {
			return err
		}
		c, found := known[key(path, requests)]
		if !found {
			return status.Error(codes.Internal, "not planned")
		}
		for i := range c.Replies {
			if err := stream.SendMsg(&c.Replies[i]); err != nil {
				return err
			}
		}
		return status.Error(c.Code, c.Message)
	}
	listener, err := net.Listen("tcp", address)
	must(err)
	server := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(answer))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { <-stop; server.GracefulStop() }()
	fmt.Println("serving")
	must(server.Serve(listener))
}

func receiveAll(receive func(interface{}) error) ([][]byte, error) {
	var all [][]byte
	for {
		var one []byte
		err := receive(&one)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
}

func callAll(address string, p plan) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	connection, err := grpc.DialContext(ctx, address, grpc.WithInsecure(), grpc.WithBlock())
	must(err)
	for _, batch := range p.Batches {
		var group sync.WaitGroup
		for _, index := range batch {
			group.Add(1)
			go func(c call) { defer group.Done(); makeCall(ctx, connection, c) }(p.Calls[index])
		}
		group.Wait()
	}
	must(connection.Close())
	fmt.Println(len(p.Calls), "calls")
}

func makeCall(ctx context.Context, connection *grpc.ClientConn, c call) {
	description := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	stream, err := connection.NewStream(ctx, description, c.Path, grpc.ForceCodec(raw{}))
	must(err)
	for i := range c.Requests {
		must(stream.SendMsg(&c.Requests[i]))
	}
	must(stream.CloseSend())
	replies, err := receiveAll(stream.RecvMsg)
	if key("", replies) != key("", c.Replies) || status.Code(err) != c.Code || !bytes.Equal([]byte(c.Message), []byte(status.Convert(err).Message())) {
		fmt.Fprintln(os.Stderr, c.Path, err)
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
