// First byte: a table. Then a key behind its length, and a value. What decodes must survive being
// written again.

#include <string>

#include "common/domain/check.h"
#include "processor/io/journal.h"
#include "processor/io/rows.h"
#include "tests/fuzz/input.h"

namespace mercaptan::fuzz {
namespace {

using namespace processor;  // NOLINT: every name of this file is from there.

template <class Row, class Encode, class Decode>
void round_trip(const Result<Row>& row, const Encode& encode, const Decode& decode) {
    if (!row) {
        MERCAPTAN_CHECK(row.error().code == ErrorCode::corrupt);
        return;
    }
    std::string value;
    encode(value, *row);
    const Result<Row> again = decode(value);
    MERCAPTAN_CHECK(again.has_value() && *again == *row);
}

void history(std::string_view key, std::string_view value) {
    const auto row = decode_history(key, value);
    if (!row) return;
    std::string written_key;
    std::string written_value;
    history_key(written_key, row->reading);
    encode_history(written_value, row->reading, row->recorded_at, row->late);
    const auto again = decode_history(written_key, written_value);
    MERCAPTAN_CHECK(again.has_value() && again->reading.values == row->reading.values);
    MERCAPTAN_CHECK(again->reading.at() == row->reading.at() && written_key == key);
}

void journal(std::string_view key, std::string_view value) {
    (void)decode_journal_key(key);
    (void)decode_journal_head(value);
    (void)decode_journal(value, [](const LoggedRecord& record) {
        JournalWriter writer;
        if (const auto* logged = std::get_if<LoggedReading>(&record.body)) {
            writer.add(record.at, record.gateway, logged->reading, false, logged->counted);
        } else {
            writer.add(record);
        }
        std::string written;
        writer.finish(written, {});
        std::size_t entries = 0;
        const auto again = decode_journal(written, [&](const LoggedRecord& one) {
            MERCAPTAN_CHECK(one.at == record.at && one.body.index() == record.body.index());
            return ++entries > 0;
        });
        MERCAPTAN_CHECK(again.has_value() && entries == 1);
        return true;
    });
}

void decode_one(unsigned table, std::string_view key, std::string_view value) {
    switch (table % 11) {
        case 0:
            return history(key, value);
        case 1:
            return journal(key, value);
        case 2:
            return round_trip(decode_device(key, value), encode_device,
                              [&](std::string_view v) { return decode_device(key, v); });
        case 3:
            return round_trip(decode_alarm(value), encode_alarm, decode_alarm);
        case 4:
            return round_trip(decode_ticket(value), encode_ticket, decode_ticket);
        case 5:
            return round_trip(decode_log_entry(value), encode_log_entry, decode_log_entry);
        case 6:
            return round_trip(decode_effect(value), encode_effect, decode_effect);
        case 7:
            return round_trip(decode_position(key, value), encode_position,
                              [&](std::string_view v) { return decode_position(key, v); });
        case 8:
            return round_trip(decode_reporter(value), encode_reporter, decode_reporter);
        case 9:
            return round_trip(decode_notice(value), encode_notice, decode_notice);
        default:
            (void)decode_feed_key(key);
            return round_trip(decode_feed(value), encode_feed, decode_feed);
    }
}

}  // namespace
}  // namespace mercaptan::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    mercaptan::fuzz::Input input{data, size};
    const unsigned table = input.byte();
    const std::string_view key = input.short_text();
    mercaptan::fuzz::decode_one(table, key, input.rest());
    return 0;
}
