package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.stream.StreamReassemblyModel;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Pieces in any order, with any overlap, against a bit set of what has come. */
public final class ReassemblyFuzz implements FuzzTarget {
  private static final int SPACE = 1 << 16;
  private static final int CRYPTO_MAX = 8_192;

  private final byte[] data = new byte[SPACE];
  private final MemorySegment source = MemorySegment.ofArray(data);
  private final StreamReassemblyModel streams = new StreamReassemblyModel(data);

  /** Makes the bytes that all pieces are cut from. */
  public ReassemblyFuzz() {
    for (int i = 0; i < SPACE; i++) {
      data[i] = (byte) (i * 31 + (i >>> 8));
    }
  }

  @Override
  public void run(FuzzInput input) {
    if (input.flag()) {
      streams.run(input);
    } else {
      runCrypto(input);
    }
  }

  private void runCrypto(FuzzInput input) {
    CryptoStream stream = new CryptoStream(CRYPTO_MAX);
    BitSet came = new BitSet();
    int[] taken = {0};
    for (int step = 0; input.hasRemaining() && step < 2_000; step++) {
      int choice = input.uint8();
      int from = Math.max(0, taken[0] - 64 + ((choice & 1) == 0 ? input.uint8() : input.uint16()));
      int to = Math.min(SPACE, from + 1 + ((choice & 2) == 0 ? input.below(4) : input.uint16()));
      if (from >= to) {
        continue;
      }
      try {
        boolean kept =
            stream.receive(
                from,
                source,
                from,
                to - from,
                (bytes, offset, length) -> {
                  for (int i = 0; i < length; i++) {
                    require(bytes[offset + i] == data[taken[0]++], "another byte");
                  }
                });
        if (kept) {
          came.set(from, to);
        } else {
          require(from > taken[0], "what is next was refused");
        }
      } catch (TransportException e) {
        require(e.errorCode() == TransportErrorCode.CRYPTO_BUFFER_EXCEEDED, e.getMessage());
        require(to - taken[0] > CRYPTO_MAX, "refused within the limit");
        return;
      }
      require(taken[0] == came.nextClearBit(0), "taken " + taken[0]);
      require(stream.hasGap() == came.length() > taken[0], "a gap");
    }
  }
}
