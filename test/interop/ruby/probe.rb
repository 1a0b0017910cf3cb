# Peers of /peers.Probe in Ruby: probe.rb serve PORT | probe.rb call PORT CASES.json. See peers/cases.ts for what they do.
#
# Both print a JSON object per call: the SHA-256 of each message, and what the client was told of the call's end.

require "base64"
require "digest"
require "grpc"
require "json"

MAX_BYTES = { "grpc.max_receive_message_length" => 64 << 20, "grpc.max_send_message_length" => 64 << 20 }.freeze
LOCK = Mutex.new
GATHERING = Mutex.new
ARRIVED = ConditionVariable.new
$stdout.sync = true

# Messages are bytes as they are.
class Raw
  attr_reader :bytes

  def initialize(bytes)
    @bytes = bytes
  end

  def self.encode(message)
    message.bytes
  end

  def self.decode(bytes)
    new(bytes)
  end
end

def digest(bytes)
  Digest::SHA256.hexdigest(bytes)
end

def body(size, seed)
  return (seed & 255).chr.b * size if size > 100_000

  Array.new(size) { |i| (seed + i / 7) & 255 }.pack("C*")
end

def say(what)
  LOCK.synchronize { puts JSON.generate(what) }
end

class Probe
  include GRPC::GenericService
  self.marshal_class_method = :encode
  self.unmarshal_class_method = :decode
  self.service_name = "peers.Probe"
  # GenericService names methods in snake case: Unary is unary.
  rpc :Unary, Raw, Raw
  rpc :ClientStream, stream(Raw), Raw
  rpc :ServerStream, Raw, stream(Raw)
  rpc :Bidi, stream(Raw), stream(Raw)

  class << self
    attr_accessor :stop

    # Waits until so many calls are here.
    def gather(count)
      GATHERING.synchronize do
        @gathered = (@gathered || 0) + 1
        ARRIVED.broadcast
        ARRIVED.wait(GATHERING) while @gathered < count
      end
    end
  end

  def unary(request, call)
    answer([request], call).to_a.last || Raw.new("".b)
  end

  def client_stream(call)
    answer(call.each_remote_read, call).to_a.last || Raw.new("".b)
  end

  def server_stream(request, call)
    answer([request], call)
  end

  def bidi(requests, call)
    answer(requests, call)
  end

  # An enumerator of the replies.
  def answer(requests, call)
    wish = call.metadata
    say(peer: "server", call: wish["x-call-id"], timeLeftMs: (call.deadline - Time.now) * 1000)
    echoed = Array(wish["x-echo-bin"])
    call.send_initial_metadata("x-echo-bin" => echoed) unless echoed.empty?
    call.output_metadata.update("x-echo-bin" => echoed) unless echoed.empty?
    Probe.stop.call if wish["x-stop"]
    Probe.gather(wish["x-gather"].to_i) if wish["x-gather"]
    status = wish.fetch("x-status", "0").to_i
    Enumerator.new do |replies|
      received = []
      sent = []
      requests.each do |request|
        received << digest(request.bytes)
        raise GRPC::Cancelled, "by the server" if wish["x-cancel"]

        each_reply(request, wish, status) do |reply|
          sleep(wish.fetch("x-sleep-ms", "0").to_i / 1000.0)
          sent << digest(reply)
          replies << Raw.new(reply)
        end
        break if wish["x-early"]
      end
      say(peer: "server", call: wish["x-call-id"], received: received, sent: sent)
      next if status.zero?

      trailers = wish["x-details-bin"] ? { "grpc-status-details-bin" => wish["x-details-bin"] } : {}
      raise GRPC::BadStatus.new(status, (wish["x-message-bin"] || "").dup.force_encoding("UTF-8"), trailers)
    end
  end

  def each_reply(request, wish, status)
    if wish["x-replies"]
      wish["x-replies"].to_i.times { |i| yield body(wish["x-reply-size"].to_i, i) }
    elsif status.zero?
      yield request.bytes.reverse
    end
  end
end

def serve(port)
  # A server has one compression for all its calls.
  compression = GRPC::Core::CompressionOptions.new(default_algorithm: :gzip).to_channel_arg_hash
  # Calls that run when it is stopped are broken off after so many seconds.
  graceful = { poll_period: 10, pool_keep_alive: 10 }
  server = GRPC::RpcServer.new(pool_size: 120, server_args: MAX_BYTES.merge(compression), **graceful)
  Probe.stop = -> { Thread.new { server.stop } }
  server.add_http2_port("127.0.0.1:#{port}", :this_port_is_insecure)
  server.handle(Probe)
  Thread.new do
    server.wait_till_running
    puts "serving"
  end
  server.run_till_terminated
end

def call_one(channel, wanted)
  requests = wanted["sizes"].each_with_index.map { |size, i| Raw.new(body(size, i)) }
  metadata = { "x-call-id" => wanted["id"] }
  wanted["metadata"].each do |name, value|
    value = Base64.decode64(value) if name.end_with?("-bin")
    metadata[name] = metadata.key?(name) ? Array(metadata[name]) << value : value
  end
  received = []
  code = 0
  message = ""
  trailers = {}
  operation = nil
  begin
    stub = Probe.rpc_stub_class.new(nil, nil, channel_override: channel, timeout: (wanted["timeoutMs"] || 30_000) / 1000.0)
    request = %w[Unary ServerStream].include?(wanted["kind"]) ? requests.first : requests
    name = GRPC::GenericService.underscore(wanted["kind"])
    operation = stub.public_send(name, request, metadata: metadata, return_op: true)
    result = operation.execute
    if result.is_a?(Raw)
      received << digest(result.bytes)
    else
      result.each do |reply|
        received << digest(reply.bytes)
        operation.cancel if received.size == wanted["cancelAfter"]
      end
    end
    trailers = operation.trailing_metadata || {}
  rescue GRPC::BadStatus => e
    code = e.code
    message = e.details
    trailers = e.metadata
  end
  details = trailers["grpc-status-details-bin"]
  say(peer: "client", call: wanted["id"], sent: requests.map { |request| digest(request.bytes) }, received: received,
      code: code, message: message.dup.force_encoding("UTF-8"), details: details && Base64.strict_encode64(details),
      echoed: Array(trailers["x-echo-bin"]).map { |value| Base64.strict_encode64(value) })
end

def call(port, path)
  cases = JSON.parse(File.read(path))
  # A channel has one compression for all its calls.
  channels = Hash.new do |known, encoding|
    compression = encoding ? GRPC::Core::CompressionOptions.new(default_algorithm: encoding.to_sym).to_channel_arg_hash : {}
    known[encoding] = GRPC::Core::Channel.new("127.0.0.1:#{port}", MAX_BYTES.merge(compression), :this_channel_is_insecure)
  end
  group = []
  cases.each do |wanted|
    channel = channels[wanted["encoding"]]
    if wanted["group"]
      group << Thread.new { call_one(channel, wanted) }
    else
      group.each(&:join)
      group = []
      call_one(channel, wanted)
    end
  end
end

ARGV[0] == "serve" ? serve(ARGV[1]) : call(ARGV[1], ARGV[2])
