package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketProtectionProvidersTest {
  private static final byte[] SECRET = new byte[32];

  @Test
  void shouldDoEverySuiteWithThePlatformsCiphers() {
    assertThat(PacketProtectionProviders.JCE.unavailableBecause()).isNull();
    assertThat(CipherSuite.values()).allMatch(PacketProtectionProviders.JCE::supports);
    assertThat(PacketProtectionProviders.all()).last().isSameAs(PacketProtectionProviders.JCE);
  }

  /** Skipped where the library isn't: the only test that says so. */
  @ParameterizedTest
  @ValueSource(strings = {"ipsec-mb", "openssl"})
  void shouldUseANativeLibraryWhereItIsInstalled(String name) {
    PacketProtectionProvider provider = PacketProtectionProviders.get(name);
    String because = provider.unavailableBecause();
    assumeTrue(because == null, () -> "skipped: " + name + " can't be used: " + because);
    assertThat(provider.supports(CipherSuite.AES_128_GCM_SHA256)).isTrue();
    assertThat(provider.supports(CipherSuite.AES_256_GCM_SHA384)).isTrue();
    assertThat(PacketProtectionProviders.named(name).name()).startsWith(name);
  }

  @Test
  void shouldSayWhyOneCanNotBeUsed() {
    AeadProvider absent = AeadProvider.unavailable("absent", "it isn't installed");
    assertThat(absent.unavailableBecause()).isEqualTo("it isn't installed");
    assertThat(CipherSuite.values()).noneMatch(absent::supports);
    assertThatIllegalStateException()
        .isThrownBy(() -> absent.create(QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, SECRET))
        .withMessageContaining("absent because it isn't installed");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PacketProtectionProviders.named("rot13"))
        .withMessageContaining("rot13 because there are only ipsec-mb, openssl, jce");
  }

  @Test
  void shouldTakeTheFirstThatDoesASuite() {
    AeadProvider gcm =
        new AeadProvider("gcm", null, EnumSet.of(CipherSuite.AES_128_GCM_SHA256), JceAead::new);
    AeadProvider absent = AeadProvider.unavailable("absent", "of no reason");
    PacketProtectionProvider preferred =
        new PreferredProviders(List.of(absent, gcm, PacketProtectionProviders.JCE));
    assertThat(preferred)
        .hasToString("gcm, jce for AES_256_GCM_SHA384, jce for CHACHA20_POLY1305_SHA256");
    assertThat(CipherSuite.values()).allMatch(preferred::supports);
    for (CipherSuite suite : CipherSuite.values()) {
      byte[] secret = new byte[suite.hashLength()];
      try (PacketProtection keys = preferred.create(QuicVersion.V1, suite, secret)) {
        assertThat(keys.suite()).isEqualTo(suite);
      }
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> gcm.create(QuicVersion.V1, CipherSuite.CHACHA20_POLY1305_SHA256, SECRET))
        .withMessageContaining("gcm because it doesn't do CHACHA20_POLY1305_SHA256");
  }

  @Test
  void shouldTakeWhatThePropertyNames() {
    String before = System.getProperty(PacketProtectionProviders.PROPERTY);
    try {
      System.setProperty(PacketProtectionProviders.PROPERTY, "jce");
      assertThat(PacketProtectionProviders.preset()).hasToString("jce");
      System.setProperty(PacketProtectionProviders.PROPERTY, "rot13");
      assertThatIllegalArgumentException().isThrownBy(PacketProtectionProviders::preset);
      System.clearProperty(PacketProtectionProviders.PROPERTY);
      assertThat(PacketProtectionProviders.preset())
          .hasToString(PacketProtectionProviders.fastest().name());
    } finally {
      if (before != null) {
        System.setProperty(PacketProtectionProviders.PROPERTY, before);
      }
    }
  }

  // ---- A library that isn't what it was taken for ----

  /** Does what the platform's cipher does, but for one thing. */
  private static class Changed implements Aead {
    private final CipherSuite suite;
    private final byte[] key;

    Changed(CipherSuite suite, byte[] key) {
      this.suite = suite;
      this.key = key;
    }

    @Override
    public void encrypt(
        MemorySegment packet, long offset, int header, int payload, int first, long last) {
      // A new one each time: the platform's won't use a nonce twice in a row.
      try (Aead aead = new JceAead(suite, key)) {
        aead.encrypt(packet, offset, header, payload, first, last);
      }
    }

    @Override
    public boolean decrypt(
        MemorySegment packet, long offset, int header, int payload, int first, long last) {
      try (Aead aead = new JceAead(suite, key)) {
        return aead.decrypt(packet, offset, header, payload, first, last);
      }
    }

    @Override
    public void close() {}
  }

  private static AeadProvider tried(Aead.Factory factory) {
    return AeadProvider.tried("tried", Set.of(CipherSuite.AES_128_GCM_SHA256), factory);
  }

  @Test
  void shouldTakeALibraryThatDoesWhatThePlatformDoes() {
    assertThat(tried(Changed::new).unavailableBecause()).isNull();
  }

  @Test
  void shouldRefuseALibraryThatEncryptsOtherwise() {
    AeadProvider tried =
        tried((suite, key) ->
            new Changed(suite, key) {
              @Override
              public void encrypt(
                  MemorySegment packet, long offset, int header, int payload, int f, long l) {
                super.encrypt(packet, offset, header, payload, f, l);
                if (payload > 256) {
                  long at = offset + header + 256;
                  packet.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
                }
              }
            });
    assertThat(tried.unavailableBecause()).contains("another ciphertext or tag of 1436 bytes");
    assertThat(tried.supports(CipherSuite.AES_128_GCM_SHA256)).isFalse();
  }

  @Test
  void shouldRefuseALibraryThatTakesForgeries() {
    AeadProvider tried =
        tried((suite, key) ->
            new Changed(suite, key) {
              @Override
              public boolean decrypt(
                  MemorySegment packet, long offset, int header, int payload, int f, long l) {
                return super.decrypt(packet, offset, header, payload, f, l) || payload > 40;
              }
            });
    assertThat(tried.unavailableBecause()).contains("a forged packet taken of 255 bytes");
  }

  @Test
  void shouldRefuseALibraryThatRefusesWhatIsAuthentic() {
    AeadProvider tried =
        tried((suite, key) ->
            new Changed(suite, key) {
              @Override
              public boolean decrypt(
                  MemorySegment packet, long offset, int header, int payload, int f, long l) {
                return !packet.isNative() && super.decrypt(packet, offset, header, payload, f, l);
              }
            });
    assertThat(tried.unavailableBecause())
        .contains("an authentic packet refused of 0 bytes in native memory");
  }
}
