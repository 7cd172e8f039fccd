package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.StatelessResetToken;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Connection IDs and their tokens in what is left of a connection that hibernates. */
final class SavedIds {
  private SavedIds() {}

  static void put(ByteBuffer out, ConnectionId id) {
    out.put((byte) id.length()).put(id.toByteArray());
  }

  static ConnectionId get(ByteBuffer in) {
    byte[] bytes = new byte[in.get()];
    in.get(bytes);
    return ConnectionId.of(bytes);
  }

  static void putToken(ByteBuffer out, @Nullable StatelessResetToken token) {
    out.put((byte) (token == null ? 0 : 1));
    if (token != null) {
      out.put(token.toByteArray());
    }
  }

  static @Nullable StatelessResetToken getToken(ByteBuffer in) {
    if (in.get() == 0) {
      return null;
    }
    byte[] bytes = new byte[StatelessResetToken.LENGTH];
    in.get(bytes);
    return StatelessResetToken.of(bytes);
  }
}
