// First byte: a table of the gateway's store, or a message that it gets from the processor. Rest: a
// value.

#include <string>

#include "common/domain/check.h"
#include "gateway/rows.h"
#include "gateway/uplink_codec.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    fuzz::Input input{data, size};
    const unsigned table = input.byte() % 6;
    const std::string_view value = input.rest();
    std::string written;
    switch (table) {
        case 0: {
            gateway::RawMessage message;
            if (!gateway::read_inbox_value(value, message)) return 0;
            gateway::RawMessage again;
            gateway::write_inbox_value(message, written);
            MERCAPTAN_CHECK(gateway::read_inbox_value(written, again));
            MERCAPTAN_CHECK(again.topic == message.topic && again.payload == message.payload);
            return 0;
        }
        case 1: {
            gateway::OutboxRow row;
            (void)gateway::read_outbox_value(value, row);
            return 0;
        }
        case 2: {
            gateway::QuarantineEntry entry;
            (void)gateway::read_quarantine_value(value, entry);
            return 0;
        }
        case 3: {
            gateway::PendingCommand command;
            (void)gateway::read_command_value(value, command);
            gateway::EndedCommand ended;
            (void)gateway::read_ended_value(value, ended);
            return 0;
        }
        case 4:
            (void)gateway::parse_row_key(value);
            (void)gateway::parse_quarantine_key(value);
            (void)gateway::parse_mark_key(value, Lane::bulk);
            (void)gateway::parse_u64_value(value);
            (void)gateway::parse_cursor_value(value);
            return 0;
        default: {
            const auto order = gateway::decode_order(value);
            if (!order) MERCAPTAN_CHECK(order.error().code == ErrorCode::invalid_input);
            return 0;
        }
    }
}
