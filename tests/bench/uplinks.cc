#include "tests/bench/uplinks.h"

#include "common/wire/uplink.pb.h"

namespace mercaptan::bench {

std::string Uplinks::next() {
    district_.next(readings_);
    wire::Uplink uplink;
    uplink.set_version(1);
    uplink.set_gateway("gateway-1");
    uplink.set_epoch(1);
    uplink.set_seq(++seq_);
    uplink.set_oldest_seq(seq_);
    for (const Reading& reading : readings_) {
        wire::Item& item = *uplink.add_items();
        item.set_origin_epoch(reading.origin.epoch);
        item.set_origin_seq(reading.origin.seq);
        item.set_received_at_ms(reading.received_at.ms);
        wire::Reading& to = *item.mutable_reading();
        to.set_site(reading.site.str());
        to.set_device(reading.device.str());
        to.set_event_at_ms(reading.event_at->ms);
        to.set_seq(*reading.seq);
        to.set_status(reading.status.bits());
        reading.values.for_each([&](Quantity quantity, double number) {
            to.add_quantities(static_cast<std::uint32_t>(quantity));
            to.add_numbers(number);
        });
    }
    return uplink.SerializeAsString();
}

}  // namespace mercaptan::bench
