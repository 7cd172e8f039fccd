package io.hypermesh.stoq.endpoint;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.CheapHandshakes;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Tokens of Retry packets and NEW_TOKEN frames, good, changed, made up, used again, from elsewhere
 * and too late; and ones that are sealed with the right key and say anything, as another version of
 * this code might have made them. A token counts only where it was made for this use.
 */
public final class TokensFuzz implements FuzzTarget {
  private static final int STEPS_MAX = 24;
  private static final int REMEMBERED_MAX = 4;
  private static final long LIFETIME_MILLIS = 1_000;
  private static final long EPOCH_MILLIS = 1_800_000_000_000L;
  private static final InetSocketAddress[] ADDRESSES = {
    address(1, 1_000), address(1, 1_001), address(2, 1_000),
  };

  private static InetSocketAddress address(int last, int port) {
    byte[] bytes = new byte[16];
    bytes[0] = (byte) 0xfd;
    bytes[15] = (byte) last;
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void run(FuzzInput input) {
    try (EndpointSecret secret = EndpointSecret.of(new byte[EndpointSecret.LENGTH])) {
      new Attack(input, secret).run();
    }
  }

  private static final class Attack {
    private final FuzzInput input;
    private final RetryTokens retry;
    private final AddressTokens address;
    private final TokenSeal retrySeal;
    private final TokenSeal addressSeal;
    private long now = EPOCH_MILLIS;
    private int used;

    Attack(FuzzInput input, EndpointSecret secret) {
      this.input = input;
      SecureRandom random = CheapHandshakes.random(3);
      retry = new RetryTokens(secret, random, LIFETIME_MILLIS);
      address = new AddressTokens(secret, random, LIFETIME_MILLIS, REMEMBERED_MAX, now);
      retrySeal = new TokenSeal((byte) 'R', "stoq retry token", secret, random);
      addressSeal = new TokenSeal((byte) 'N', "stoq new token", secret, random);
    }

    void run() {
      for (int i = 0; i < STEPS_MAX && input.hasRemaining(); i++) {
        switch (input.below(6)) {
          case 0 -> madeUp();
          case 1 -> goodRetry();
          case 2 -> goodAddress();
          case 3 -> sealedRetry();
          case 4 -> sealedAddress();
          default -> now += input.uint16() % (2 * LIFETIME_MILLIS);
        }
      }
      retry.erase();
      address.erase();
    }

    private ConnectionId id() {
      return ConnectionId.of(input.bytes(input.below(ConnectionId.LENGTH_MAX + 1)));
    }

    private void madeUp() {
      byte[] token = input.piece();
      if (input.flag()) {
        token = Arrays.copyOf(token, input.flag() ? AddressTokens.LENGTH : RetryTokens.LENGTH_MAX);
        token[0] = (byte) (input.flag() ? 'N' : 'R');
      }
      require(retry.open(token, id(), ADDRESSES[0], now) == null, "a Retry token was forged");
      require(!address.isGood(token, ADDRESSES[0], QuicVersion.V1, now), "a token was forged");
    }

    private byte[] disturbed(byte[] token) {
      byte[] changed = token.clone();
      if (input.below(3) == 2) {
        changed[input.below(changed.length)] ^= (byte) input.uint8();
      } else if (input.below(8) == 7) {
        return Arrays.copyOf(changed, input.below(changed.length + 4));
      }
      return changed;
    }

    private void goodRetry() {
      ConnectionId original = id();
      ConnectionId source = id();
      InetSocketAddress made = input.oneOf(ADDRESSES);
      byte[] token = retry.seal(original, source, made, now);
      require(retry.isRetryToken(token), "what it is");
      byte[] shown = disturbed(token);
      ConnectionId destination = input.flag() ? source : id();
      InetSocketAddress from = input.flag() ? made : input.oneOf(ADDRESSES);
      long later = now + input.uint16() % (2 * LIFETIME_MILLIS);
      ConnectionId opened = retry.open(shown, destination, from, later);
      boolean good =
          Arrays.equals(shown, token)
              && destination.equals(source)
              && from.equals(made)
              && later < now + LIFETIME_MILLIS;
      require(good ? original.equals(opened) : opened == null, "a Retry token: " + good);
    }

    private void goodAddress() {
      InetSocketAddress made = input.oneOf(ADDRESSES);
      QuicVersion version = input.oneOf(QuicVersion.V1, QuicVersion.V2);
      byte[] token = address.seal(made, version, now);
      byte[] shown = disturbed(token);
      InetSocketAddress from = input.flag() ? made : input.oneOf(ADDRESSES);
      QuicVersion with = input.flag() ? version : input.oneOf(QuicVersion.V1, QuicVersion.V2);
      boolean authentic =
          Arrays.equals(shown, token)
              && from.getAddress().equals(made.getAddress())
              && with == version;
      boolean taken = address.isGood(shown, from, with, now);
      require(!taken || authentic, "a token that isn't good");
      require(taken || !authentic || used > 0, "a good token");
      if (taken && input.flag()) {
        address.use(shown);
        used++;
        require(!address.isGood(shown, from, with, now), "a token twice");
      }
    }

    /** The right key seals anything. */
    private void sealedRetry() {
      byte[] says = input.piece();
      ConnectionId source = id();
      byte[] from = ADDRESSES[0].getAddress().getAddress();
      ByteBuffer binding = ByteBuffer.allocate(from.length + Short.BYTES + source.length());
      binding.put(from).putShort((short) ADDRESSES[0].getPort()).put(source.toByteArray());
      ConnectionId opened =
          retry.open(retrySeal.seal(says, binding.array()), source, ADDRESSES[0], now);
      require(opened == null || says.length == Long.BYTES + opened.length(), "an ID of nothing");
    }

    private void sealedAddress() {
      ByteBuffer says = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
      long expiry = input.flag() ? now + input.uint16() : input.uint64();
      says.putLong(expiry).putInt(input.flag() ? QuicVersion.V1.wire() : (int) input.uint64());
      boolean wellFormed = input.flag();
      byte[] plaintext = wellFormed ? says.array() : input.piece();
      byte[] token = addressSeal.seal(plaintext, ADDRESSES[0].getAddress().getAddress());
      boolean good = address.isGood(token, ADDRESSES[0], QuicVersion.V1, now);
      require(!good || plaintext.length == says.capacity(), "a token of another length");
      if (good && wellFormed) {
        require(expiry > now && expiry <= now + LIFETIME_MILLIS, "good for longer than its life");
      }
    }
  }
}
