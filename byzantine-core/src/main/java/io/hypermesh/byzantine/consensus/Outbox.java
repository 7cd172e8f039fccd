package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.Output;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Signs what a replica says and keeps its outputs in the order in which they must be acted on. */
final class Outbox {
  private final Membership membership;
  private final Signer signer;
  private final int self;
  private final Queue<Output> outputs = new ArrayDeque<>();

  Outbox(Membership membership, Signer signer, int self) {
    this.membership = membership;
    this.signer = signer;
    this.self = self;
  }

  Message.OfMember sign(long view, long sequence, Payload payload) {
    return MessageCodec.sign(membership, signer, self, view, sequence, payload);
  }

  void broadcast(Message message) {
    outputs.add(new Output.Broadcast(MessageCodec.encode(message)));
  }

  void send(int replica, Message message) {
    if (replica != self) {
      outputs.add(new Output.Send(replica, MessageCodec.encode(message)));
    }
  }

  void reply(ClientId client, Message message) {
    outputs.add(new Output.ReplyTo(client, MessageCodec.encode(message)));
  }

  void persist(LogRecord record) {
    outputs.add(new Output.Persist(record.encode()));
  }

  void replaceLog(List<LogRecord> records) {
    outputs.add(new Output.ReplaceLog(records.stream().map(LogRecord::encode).toList()));
  }

  void notify(Event event) {
    outputs.add(new Output.Notify(event));
  }

  @Nullable Output poll() {
    return outputs.poll();
  }
}
