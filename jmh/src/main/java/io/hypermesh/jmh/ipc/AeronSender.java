package io.hypermesh.jmh.ipc;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.logbuffer.BufferClaim;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Aeron's, by an exclusive publication. */
final class AeronSender implements MessageSender {
  private final Aeron aeron;
  private final ExclusivePublication publication;
  private final BufferClaim claim = new BufferClaim();
  private final UnsafeBuffer source =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH_MAX, 64));

  AeronSender(Path directory) {
    aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory.toString()));
    publication = aeron.addExclusivePublication(AeronReceiver.CHANNEL, AeronReceiver.STREAM);
    while (!publication.isConnected()) {
      Thread.onSpinWait();
    }
  }

  @Override
  public boolean offer(long number, int length) throws IOException {
    source.putLong(0, number, ByteOrder.nativeOrder());
    return isSent(publication.offer(source, 0, length));
  }

  @Override
  public boolean claim(long number, int length) throws IOException {
    if (!isSent(publication.tryClaim(length, claim))) {
      return false;
    }
    source.putLong(0, number, ByteOrder.nativeOrder());
    claim.putBytes(source, 0, length);
    claim.commit();
    return true;
  }

  private static boolean isSent(long position) throws IOException {
    if (position > 0) {
      return true;
    }
    if (position == ExclusivePublication.BACK_PRESSURED
        || position == ExclusivePublication.ADMIN_ACTION) {
      return false;
    }
    throw new IOException("couldn't send by Aeron because it says " + position);
  }

  @Override
  public void close() {
    publication.close();
    aeron.close();
  }
}
