package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.checkpoint.Manifest;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;

/**
 * What a replica must find again after a crash so that it never contradicts what it said: every
 * vote before it is sent, and what it needs to go on from there.
 */
@SuppressWarnings("ArrayRecordComponent") // A chunk on its way to the log; never compared.
sealed interface LogRecord {
  /** The proposal that we made or accepted, our VIEW-CHANGE, or the NEW-VIEW that we follow. */
  record Spoken(Message.OfMember message) implements LogRecord {}

  /** The certificate on which our COMMIT rests. */
  record CommitVote(Certificate certificate) implements LogRecord {}

  /** A block and its prefix are committed. */
  record Committed(Certificate certificate) implements LogRecord {}

  /** A block that we fetched. */
  record Fetched(Block block) implements LogRecord {}

  /** A conviction. */
  record Convicted(Evidence evidence) implements LogRecord {}

  /** The state at a stable checkpoint; its chunks follow. */
  record Checkpoint(Certificate certificate, Manifest manifest) implements LogRecord {}

  /** A part of the state. */
  record Chunk(int index, byte[] bytes) implements LogRecord {}

  /** The highest certificate, which our next VIEW-CHANGE must not fall below. */
  record Highest(Certificate certificate) implements LogRecord {}

  /** We voted up to that sequence number in that view. */
  record Voted(long view, long sequence) implements LogRecord {}

  /** The bytes that {@link #decode} reads. */
  default byte[] encode() {
    WireWriter out = new WireWriter(256);
    switch (this) {
      case Spoken(var message) -> out.int8(1).bytes(MessageCodec.encode(message));
      case CommitVote(var certificate) -> out.int8(2).bytes(certificate.encode());
      case Committed(var certificate) -> out.int8(3).bytes(certificate.encode());
      case Fetched(var block) -> out.int8(4).bytes(block.encode());
      case Convicted(var evidence) -> out.int8(5).bytes(evidence.encode());
      case Checkpoint(var certificate, var manifest) ->
          out.int8(6).bytes(certificate.encode()).bytes(manifest.encode());
      case Chunk(int index, byte[] bytes) -> out.int8(7).int32(index).bytes(bytes);
      case Highest(var certificate) -> out.int8(8).bytes(certificate.encode());
      case Voted(long view, long sequence) -> out.int8(9).int64(view).int64(sequence);
    }
    return out.toByteArray();
  }

  /** Reads a record. */
  static LogRecord decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    int max = MessageCodec.MESSAGE_BYTES_MAX;
    int kind = in.int8("kind of record");
    LogRecord record =
        switch (kind) {
          case 1 -> {
            if (MessageCodec.decode(in.bytes(max, "message")) instanceof Message.OfMember spoken) {
              yield new Spoken(spoken);
            }
            throw new ProtocolException("couldn't read a record because it holds a request");
          }
          case 2 -> new CommitVote(Certificate.decode(in.bytes(max, "certificate")));
          case 3 -> new Committed(Certificate.decode(in.bytes(max, "certificate")));
          case 4 -> new Fetched(Block.decode(in.bytes(max, "block")));
          case 5 -> new Convicted(Evidence.decode(in.bytes(max, "evidence")));
          case 6 ->
              new Checkpoint(
                  Certificate.decode(in.bytes(max, "certificate")),
                  Manifest.decode(in.bytes(max, "manifest")));
          case 7 -> new Chunk(in.int32("index"), in.bytes(Snapshot.CHUNK_BYTES_MAX, "chunk"));
          case 8 -> new Highest(Certificate.decode(in.bytes(max, "certificate")));
          case 9 -> new Voted(in.nonNegative("view"), in.nonNegative("sequence"));
          default ->
              throw new ProtocolException(
                  "couldn't read a record because its kind is unknown: " + kind);
        };
    in.end("record");
    return record;
  }
}
