#include "common/http/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mercaptan::http {
namespace {

using testing::ElementsAre;

// Every event as "id|event|data", fed in pieces of the given size.
std::vector<std::string> parse(const std::string& stream, std::size_t piece) {
    EventParser parser;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        parser.feed(stream.substr(at, piece), [&](auto id, auto event, auto data) {
            events.push_back(std::string{id}.append("|").append(event).append("|").append(data));
            return true;
        });
    }
    return events;
}

TEST(Sse, formats_one_event) {
    EXPECT_EQ(format_event("7", "ticket", "{}"), "id: 7\nevent: ticket\ndata: {}\n\n");
    EXPECT_EQ(format_event("", "", ""), "data: \n\n");
    EXPECT_EQ(format_event("1\n2", "a\r\nb", "x\r\ny\rz\n"),
              "id: 12\nevent: ab\ndata: x\ndata: y\ndata: z\ndata: \n\n");
}

TEST(Sse, reads_back_what_it_writes_in_any_pieces) {
    const auto stream = format_event("1", "a", "one\ntwo") + std::string{kHeartbeat} +
                        format_event("", "", "") + format_event("2", "b", " padded ");
    for (std::size_t piece = 1; piece < 20; ++piece) {
        EXPECT_THAT(parse(stream, piece),
                    ElementsAre("1|a|one\ntwo", "1|message|", "2|b| padded "));
    }
}

TEST(Sse, reads_what_others_write) {
    EXPECT_THAT(parse("\xEF\xBB\xBF"
                      "data:x\r\n\r\ndata\r\rretry: 3\nevent: lost\n\nid\ndata: y\n\n"
                      "data: unfinished\n",
                      1),
                ElementsAre("|message|x", "|message|", "|message|y"));
}

TEST(Sse, stops_when_told) {
    EventParser parser;
    int events = 0;
    const auto count = [&](auto...) { return ++events < 2; };
    EXPECT_EQ(parser.feed("data: 1\n\ndata: 2\n\ndata: 3\n\n", count), EventParser::State::stopped);
    EXPECT_EQ(events, 2);
}

TEST(Sse, an_event_has_a_largest_size) {
    EventParser parser;
    const std::string line = "data: " + std::string(1'000'000, 'x') + "\n";
    auto state = EventParser::State::reading;
    for (int i = 0; i < 17; ++i) state = parser.feed(line, [](auto...) { return true; });
    EXPECT_EQ(state, EventParser::State::too_large);
}

}  // namespace
}  // namespace mercaptan::http
