package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class MessageAssemblerProperties {
  static final int MESSAGE_LENGTH_MAX = 5_000;

  @Property(tries = 200)
  void shouldDeliverTheMessagesSentHoweverTheStreamIsCut(
      @ForAll @Size(max = 20) List<@IntRange(min = 0, max = MESSAGE_LENGTH_MAX) Integer> lengths,
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 8_000) int pieceMax)
      throws Exception {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    List<byte[]> sent = new ArrayList<>();
    for (int length : lengths) {
      byte[] message = new byte[length];
      random.nextBytes(message);
      sent.add(message);
      stream.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
      stream.writeBytes(message);
    }

    List<byte[]> delivered = new ArrayList<>();
    MessageAssembler assembler = new MessageAssembler(MESSAGE_LENGTH_MAX);
    byte[] bytes = stream.toByteArray();
    for (int at = 0; at < bytes.length; ) {
      int end = Math.min(bytes.length, at + 1 + random.nextInt(pieceMax));
      feed(assembler, bytes, at, end, delivered);
      at = end;
    }

    assertThat(delivered).containsExactlyElementsOf(sent);
    assertThat(assembler.isBetweenMessages()).isTrue();
  }

  @Property(tries = 500)
  void shouldTakeAnyBytesOrRefuseThemAsAProtocolError(
      @ForAll @Size(max = 200) byte[] bytes, @ForAll @IntRange(min = 1, max = 50) int piece) {
    MessageAssembler assembler = new MessageAssembler(100);
    List<byte[]> delivered = new ArrayList<>();
    try {
      for (int at = 0; at < bytes.length; at += piece) {
        feed(assembler, bytes, at, Math.min(bytes.length, at + piece), delivered);
      }
    } catch (StoqProtocolException e) {
      assertThat(e.category()).isEqualTo(StoqException.Category.FATAL);
    }
    assertThat(delivered).allSatisfy(message -> assertThat(message).hasSizeLessThanOrEqualTo(100));
  }

  @Example
  void shouldRefuseAMessageLongerThanTheMaximumByItsHeaderAlone() {
    for (int length :
        new int[] {MESSAGE_LENGTH_MAX + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      MessageAssembler assembler = new MessageAssembler(MESSAGE_LENGTH_MAX);
      byte[] header = ByteBuffer.allocate(4).putInt(length).array();
      assertThatThrownBy(() -> feed(assembler, header, 0, 4, new ArrayList<>()))
          .isInstanceOf(StoqProtocolException.class)
          .hasMessageContaining(Integer.toUnsignedString(length));
    }
  }

  @Example
  void shouldDeliverInPlaceWhatLiesInOnePiece() throws Exception {
    MessageAssembler assembler = new MessageAssembler(MESSAGE_LENGTH_MAX);
    MemorySegment piece = MemorySegment.ofArray(new byte[] {0, 0, 0, 2, 7, 8, 0, 0});
    assertThat(assembler.next(piece, 0, 8)).isEqualTo(6);
    assembler.deliver((buffer, offset, length) -> {
      assertThat(buffer).isSameAs(piece);
      assertThat(offset).isEqualTo(4);
      assertThat(length).isEqualTo(2);
    });
    assertThat(assembler.next(piece, 6, 2)).isEqualTo(2);
    assertThat(assembler.isBetweenMessages()).isFalse();
  }

  /** Whether or not it lay in one piece, a handler can't write over what it's lent. */
  @Example
  void shouldLendWhatItPutTogetherReadOnly() throws Exception {
    MessageAssembler assembler = new MessageAssembler(MESSAGE_LENGTH_MAX);
    MemorySegment bytes = MemorySegment.ofArray(new byte[] {0, 0, 0, 2, 7, 8});
    assertThat(assembler.next(bytes, 0, 5)).isEqualTo(5);
    assertThat(assembler.next(bytes, 5, 1)).isEqualTo(1);
    assembler.deliver((buffer, offset, length) -> {
      assertThat(buffer.isReadOnly()).isTrue();
      assertThat(buffer.get(ValueLayout.JAVA_BYTE, offset + 1)).isEqualTo((byte) 8);
    });
  }

  private static void feed(
      MessageAssembler assembler, byte[] bytes, int from, int to, List<byte[]> delivered)
      throws StoqProtocolException {
    MemorySegment piece = MemorySegment.ofArray(bytes).asSlice(from, to - from);
    int used = 0;
    while (used < to - from) {
      int taken = assembler.next(piece, used, to - from - used);
      assertThat(taken).isPositive();
      used += taken;
      if (assembler.hasMessage()) {
        assembler.deliver((buffer, offset, length) ->
            delivered.add(buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));
      }
    }
  }
}
