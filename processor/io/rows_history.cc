#include "common/domain/check.h"
#include "processor/io/bytes.h"
#include "processor/io/rows.h"

// One body for history and journal:
//   version u8 | flags u8 | lag | delay | status varint | mask varint | number f64 ...
// lag is received_at - at() and delay recorded_at - received_at, both zigzag varints.
namespace mercaptan::processor {
namespace {

constexpr std::uint8_t kBodyVersion = 1;

enum Flag : unsigned {
    kHasEventTime = 1,
    kUrgent = 2,
    kLate = 4,
    kHasStatus = 8,
    kQualityShift = 4,  // Two bits.
    kKnownFlags = 0x3F,
};

void put_body(std::string& out, const Reading& reading, Instant recorded_at, bool late) {
    const unsigned flags = (reading.event_at ? kHasEventTime : 0U) |
                           (reading.urgent ? kUrgent : 0U) | (late ? kLate : 0U) |
                           (reading.has_status ? kHasStatus : 0U) |
                           (static_cast<unsigned>(quality_of(reading)) << kQualityShift);
    out.push_back(static_cast<char>(kBodyVersion));
    out.push_back(static_cast<char>(flags));
    bytes::put_varint(out,
                      bytes::zigzag(bytes::difference(reading.received_at.ms, reading.at().ms)));
    bytes::put_varint(out,
                      bytes::zigzag(bytes::difference(recorded_at.ms, reading.received_at.ms)));
    bytes::put_varint(out, reading.status.bits());
    std::uint64_t mask = 0;
    reading.values.for_each([&](Quantity q, double) { mask |= 1ULL << static_cast<unsigned>(q); });
    bytes::put_varint(out, mask);
    reading.values.for_each([&](Quantity, double number) { bytes::put_double(out, number); });
}

bool writable(Instant at) {
    return at >= kInstantMin && at <= kInstantMax;
}

void take_values(bytes::Reader& in, Values& values) {
    std::uint64_t mask = in.varint_up_to((1ULL << kQuantityCount) - 1);
    for (; mask != 0 && in.ok(); mask &= mask - 1) {
        const double number = in.real();
        if (!std::isfinite(number)) return in.fail();
        values.set(static_cast<Quantity>(std::countr_zero(mask)), number);
    }
}

/// `at` is the reading's at(), which stands before the body.
void take_body(bytes::Reader& in, Instant at, HistoryRow& row) {
    if (in.byte() != kBodyVersion) return in.fail();
    const unsigned flags = in.byte();
    const unsigned quality = (flags >> kQualityShift) & 3U;
    if ((flags & ~static_cast<unsigned>(kKnownFlags)) != 0 || quality > 2) return in.fail();
    row.quality = static_cast<Quality>(quality);
    row.late = (flags & kLate) != 0;
    Reading& reading = row.reading;
    reading.urgent = (flags & kUrgent) != 0;
    reading.has_status = (flags & kHasStatus) != 0;
    reading.received_at.ms = bytes::add_wrapped(at.ms, in.signed_varint());
    row.recorded_at.ms = bytes::add_wrapped(reading.received_at.ms, in.signed_varint());
    if ((flags & kHasEventTime) != 0) {
        reading.event_at = at;
    } else if (reading.received_at != at) {
        return in.fail();
    }
    if (!writable(at) || !writable(reading.received_at) || !writable(row.recorded_at)) {
        return in.fail();
    }
    reading.status =
        StatusSet{static_cast<std::uint32_t>(in.varint_up_to((1U << kStatusCount) - 1))};
    take_values(in, reading.values);
}

void take_name(bytes::Reader& in, std::string_view text, Name& name) {
    if (!Name::fits(text)) return in.fail();
    name = Name{text};
}

}  // namespace

std::string_view to_string(Quality quality) {
    switch (quality) {
        case Quality::good:
            return "good";
        case Quality::uncertain:
            return "uncertain";
        case Quality::bad:
            return "bad";
    }
    return "bad";
}

Quality quality_of(const Reading& reading) {
    if (reading.status.has(Status::sensor_fault)) return Quality::bad;
    const bool doubtful = reading.status.has(Status::preheat) ||
                          reading.status.has(Status::self_test) ||
                          reading.status.has(Status::end_of_life);
    return doubtful ? Quality::uncertain : Quality::good;
}

void encode_history(std::string& out, const Reading& reading, Instant recorded_at, bool late) {
    out.clear();
    put_body(out, reading, recorded_at, late);
}

Result<HistoryRow> decode_history(std::string_view key, std::string_view value) {
    HistoryRow row;
    bytes::Reader in{key};
    const auto day = in.big_endian<std::uint32_t>();
    take_name(in, in.until_zero(), row.reading.device);
    take_name(in, in.until_zero(), row.reading.site);
    const Instant at{bytes::unsortable(in.big_endian<std::uint64_t>())};
    const std::uint8_t identity = in.byte();
    if (identity == 1) {
        row.reading.seq = in.big_endian<std::uint64_t>();
        (void)in.big_endian<std::uint32_t>();  // The print only tells rows apart.
    } else {
        row.reading.origin.epoch = in.big_endian<std::uint64_t>();
        row.reading.origin.seq = in.big_endian<std::uint64_t>();
        const std::uint8_t lane = in.byte();
        row.reading.origin.lane = lane == 0 ? Lane::emergency : Lane::bulk;
        row.reading.origin.part = in.big_endian<std::uint32_t>();
        if (identity != 2 || lane > 1) in.fail();
    }
    if (!in.finished() || day != day_of(at))
        return fail(ErrorCode::corrupt, "history: malformed key");
    bytes::Reader body{value};
    take_body(body, at, row);
    if (!body.finished()) return fail(ErrorCode::corrupt, "history: malformed value");
    return row;
}

// journal entry: site text | device text | at zigzag | lane+seq flags u8 | [seq varint] | epoch |
// seq | part varints | body
void encode_journal_reading(std::string& out, const Reading& reading, Instant recorded_at,
                            bool late) {
    bytes::put_text(out, reading.site.view());
    bytes::put_text(out, reading.device.view());
    bytes::put_varint(out, bytes::zigzag(reading.at().ms));
    out.push_back(
        static_cast<char>((reading.origin.lane == Lane::bulk ? 1U : 0U) | (reading.seq ? 2U : 0U)));
    if (reading.seq) bytes::put_varint(out, *reading.seq);
    bytes::put_varint(out, reading.origin.epoch);
    bytes::put_varint(out, reading.origin.seq);
    bytes::put_varint(out, reading.origin.part);
    put_body(out, reading, recorded_at, late);
}

void take_journal_reading(bytes::Reader& in, HistoryRow& row) {
    take_name(in, in.text(), row.reading.site);
    take_name(in, in.text(), row.reading.device);
    const Instant at{in.signed_varint()};
    const unsigned flags = in.byte();
    if (flags > 3) in.fail();
    row.reading.origin.lane = (flags & 1U) != 0 ? Lane::bulk : Lane::emergency;
    if ((flags & 2U) != 0) row.reading.seq = in.varint();
    row.reading.origin.epoch = in.varint();
    row.reading.origin.seq = in.varint();
    row.reading.origin.part = static_cast<std::uint32_t>(in.varint_up_to(UINT32_MAX));
    take_body(in, at, row);
}

}  // namespace mercaptan::processor
