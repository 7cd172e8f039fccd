package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.driver.DriverKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A long transfer over real sockets while a hundredth of the datagrams is lost in either direction
 * and the client's port changes again and again. Every day it is short and the port changes often;
 * the profile {@code interop} makes it 1 GiB, and a change a second, by system properties.
 */
@Timeout(600)
class LongTransferTest extends LoopbackFixture {
  private static final Logger LOGGER = LoggerFactory.getLogger(LongTransferTest.class);
  private static final long TOTAL_BYTES = Long.getLong("stoq.longTransferMib", 16) << 20;
  private static final Duration PORT_INTERVAL =
      Duration.ofMillis(Integer.getInteger("stoq.portIntervalMillis", 400));

  /**
   * A client that only receives has nothing to send after its port changed, and its server goes on
   * sending to where nobody is: only a PING tells it better.
   */
  private static final StoqSettings SETTINGS =
      StoqSettings.builder()
          .keepAliveInterval(Duration.ofMillis(100))
          .streamWindowBytesMax(4L << 20)
          .build();

  private static final double LOSS = 0.01;
  private static final int BLOCK_BYTES = 64 << 10;

  /** Who sends. */
  enum Sender {
    CLIENT,
    SERVER
  }

  /** Asks the accepting side for its half of the work. */
  private static final class Peer implements StoqListener {
    final CompletableFuture<StoqStream> stream = new CompletableFuture<>();

    @Override
    public void onStream(StoqStream opened) {
      stream.complete(opened);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldDeliverEveryByteDespiteLossAndAChangingPort(Sender sender) throws Exception {
    AtomicReference<LossyDriver> serverDriver = new AtomicReference<>();
    AtomicReference<LossyDriver> clientDriver = new AtomicReference<>();
    AtomicReference<PortChangingDriver> ports = new AtomicReference<>();
    Peer peer = new Peer();
    StoqEndpoint server =
        start(
            serverBuilder(peer)
                .settings(SETTINGS)
                .driver(address -> {
                  LossyDriver driver =
                      new LossyDriver(DriverKind.preferred().open(address), LOSS, 1);
                  serverDriver.set(driver);
                  return driver;
                }));
    StoqEndpoint client =
        start(
            clientBuilder()
                .settings(SETTINGS)
                .driver(address -> {
                  ports.set(new PortChangingDriver(address));
                  LossyDriver driver = new LossyDriver(ports.get(), LOSS, 11);
                  clientDriver.set(driver);
                  return driver;
                }));
    StoqConnection connection = get(client.connect(server.localAddress()));
    StoqStream opened = get(connection.openStream());
    assertThat(opened.write(new byte[] {1}, 0, 1)).isEqualTo(1);
    StoqStream accepted = get(peer.stream);
    assertThat(accepted.inputStream(WAIT).read()).isEqualTo(1);

    ports.get().changeEvery(PORT_INTERVAL);
    long startNanos = System.nanoTime();
    StoqStream from = sender == Sender.CLIENT ? opened : accepted;
    StoqStream to = sender == Sender.CLIENT ? accepted : opened;
    Future<String> sent = threads.submit(() -> send(from));
    Received received = receive(to, server, client, ports.get());
    long nanos = System.nanoTime() - startNanos;

    assertThat(received.sha256()).isEqualTo(sent.get(1, TimeUnit.SECONDS));
    // Who receives sends few datagrams: all of those may get through.
    LossyDriver sending = sender == Sender.CLIENT ? clientDriver.get() : serverDriver.get();
    assertThat(sending.lost()).isPositive();
    assertThat(ports.get().changes()).isPositive();
    assertThat(accepted.connection().remoteAddress().getPort())
        .isNotEqualTo(client.localAddress().getPort());
    // A sender's buffer and a receiver's window, and the chunks that both are cut into.
    assertThat(received.bufferBytesMax())
        .isLessThan(2 * (SETTINGS.sendBufferBytes() + SETTINGS.streamWindowBytesMax()));
    LOGGER.info(
        "{} sent {} MiB in {} ms: {} + {} datagrams lost, {} port changes, at most {} KiB buffered",
        sender,
        TOTAL_BYTES >> 20,
        TimeUnit.NANOSECONDS.toMillis(nanos),
        serverDriver.get().lost(),
        clientDriver.get().lost(),
        ports.get().changes(),
        received.bufferBytesMax() >> 10);
  }

  private static String send(StoqStream stream) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    SplittableRandom random = new SplittableRandom(TOTAL_BYTES);
    byte[] block = new byte[BLOCK_BYTES];
    try (OutputStream output = stream.outputStream(WAIT)) {
      for (long at = 0; at < TOTAL_BYTES; at += block.length) {
        random.nextBytes(block);
        digest.update(block);
        output.write(block);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private record Received(String sha256, long bufferBytesMax) {}

  private static Received receive(
      StoqStream stream, StoqEndpoint server, StoqEndpoint client, PortChangingDriver ports)
      throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] block = new byte[BLOCK_BYTES];
    long total = 0;
    long bufferBytesMax = 0;
    try (InputStream input = stream.inputStream(WAIT)) {
      for (int count = input.read(block); count >= 0; count = input.read(block)) {
        digest.update(block, 0, count);
        if (total < TOTAL_BYTES / 2 && total + count >= TOTAL_BYTES / 2) {
          // However short the transfer is, it sees one change.
          ports.changePort();
        }
        total += count;
        bufferBytesMax =
            Math.max(bufferBytesMax, server.streamBufferBytes() + client.streamBufferBytes());
      }
    }
    assertThat(total).isEqualTo(TOTAL_BYTES);
    return new Received(HexFormat.of().formatHex(digest.digest()), bufferBytesMax);
  }
}
