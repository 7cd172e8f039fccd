package io.hypermesh.stoq;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A channel's bytes, cut anywhere, against the framing read from the whole. */
final class ChannelMessagesFuzz implements FuzzTarget {
  private static final int MESSAGE_LENGTH_MAX = 300;

  @Override
  public void run(FuzzInput input) {
    byte[] cuts = input.bytes(input.below(16));
    byte[] bytes = input.rest();
    ByteArrayOutputStream delivered = new ByteArrayOutputStream();
    MessageAssembler assembler = new MessageAssembler(MESSAGE_LENGTH_MAX);
    boolean refused = false;
    try {
      int cut = 0;
      for (int at = 0; at < bytes.length; ) {
        int length = cuts.length == 0 ? bytes.length : 1 + (cuts[cut++ % cuts.length] & 0xff);
        int end = (int) Math.min(bytes.length, (long) at + length);
        feed(assembler, MemorySegment.ofArray(bytes), at, end, delivered);
        at = end;
      }
    } catch (StoqProtocolException e) {
      require(e.category() == StoqException.Category.FATAL, "the category");
      refused = true;
    }
    ByteBuffer whole = ByteBuffer.wrap(bytes);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    boolean bad = false;
    while (!bad && whole.remaining() >= StoqStreamChannel.HEADER_LENGTH) {
      int length = whole.getInt(whole.position());
      bad = length < 0 || length > MESSAGE_LENGTH_MAX;
      if (bad || whole.remaining() < StoqStreamChannel.HEADER_LENGTH + length) {
        break;
      }
      expected.write(bytes, whole.position(), StoqStreamChannel.HEADER_LENGTH + length);
      whole.position(whole.position() + StoqStreamChannel.HEADER_LENGTH + length);
    }
    require(refused == bad, "refused: " + refused);
    require(Arrays.equals(delivered.toByteArray(), expected.toByteArray()), "messages");
    require(bad || assembler.isBetweenMessages() == !whole.hasRemaining(), "between messages");
  }

  private static void feed(
      MessageAssembler assembler, MemorySegment bytes, int from, int to, ByteArrayOutputStream out)
      throws StoqProtocolException {
    int at = from;
    while (at < to) {
      int taken = assembler.next(bytes, at, to - at);
      require(taken > 0 && taken <= to - at, "taken " + taken);
      at += taken;
      if (assembler.hasMessage()) {
        assembler.deliver((buffer, offset, length) -> {
          out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
          out.writeBytes(buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
        });
      }
    }
  }
}
