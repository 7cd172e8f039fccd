package io.hypermesh.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class OwnerIdTest {
  @Test
  void shouldBeTheHashOfTheKeyAndPrintWhatItParses() throws DecodingException {
    OwnerId owner = OwnerId.ofPublicKey(new byte[] {'a', 'b', 'c'});
    // FIPS 180-4's first example.
    assertThat(owner)
        .hasToString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(OwnerId.parse(owner.toString())).isEqualTo(owner);
    assertThat(OwnerId.NOBODY).isLessThan(owner);
  }

  @Test
  void shouldRefuseAnyOtherText() {
    String text = OwnerId.ofPublicKey(new byte[0]).toString();
    for (String wrong :
        new String[] {
          "", text.substring(1), text + "0", text.toUpperCase(Locale.ROOT), "g" + text.substring(1)
        }) {
      assertThatThrownBy(() -> OwnerId.parse(wrong)).isInstanceOf(DecodingException.class);
    }
  }
}
