package io.hypermesh.jmh.compare;

import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.util.ArrayList;
import java.util.List;

/** STOQ with each of its drivers and each of its providers of packet protection. */
final class PartsRow implements Row {
  @Override
  public String id() {
    return "parts";
  }

  @Override
  public String summary() {
    return "STOQ with each datagram driver and each provider of packet protection (bar 8)";
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(
            id(),
            "STOQ's parts: one connection, one stream, datagrams of 1452 bytes, by driver and"
                + " packet protection");
    List<Contestant> contestants = new ArrayList<>();
    for (DriverKind driver : DriverKind.values()) {
      for (PacketProtectionProvider protection : PacketProtectionProviders.all()) {
        String title = driver.driverName() + " and " + protection.name();
        String because = protection.unavailableBecause();
        if (driver.unavailableBecause().isPresent()) {
          section.failed(title, driver.unavailableBecause().get());
        } else if (because != null) {
          section.failed(title, because);
        } else {
          contestants.add(
              Contestant.of(
                      title, "stoq-transfer", "datagram=1452", "driver=" + driver.driverName())
                  .withOptions(
                      "-D" + PacketProtectionProviders.PROPERTY + "=" + protection.name()));
        }
      }
    }
    new Contest(settings, 1).run(contestants, new TransferDiscipline(), section);
    return section;
  }
}
