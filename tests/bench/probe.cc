// bench_probe: what the end-to-end benchmark needs beside the programs themselves.
//
//   bench_probe disk FILE SECONDS                256 bytes appended and synced every 5 ms
//   bench_probe count PORT FILTER N SECONDS      a subscriber that does nothing: its rate over N
//   messages bench_probe tickets PORT SECONDS             when each ticket is first seen, until
//   SIGTERM
//
// `disk` and `count` print one JSON line. `tickets` prints `ready`, then `<epoch us> <site> <ticket
// id>` lines.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "common/domain/instant.h"
#include "common/mqtt/client.h"

namespace mercaptan::bench {
namespace {

using Steady = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

volatile sig_atomic_t asked_to_stop = 0;

void on_signal(int /*signal*/) {
    asked_to_stop = 1;
}

double percentile(const std::vector<double>& sorted, double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return sorted[std::min(index, sorted.size() - 1)];
}

int disk(const std::string& path, double seconds) {
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    if (file < 0) {
        std::perror(path.c_str());
        return 1;
    }
    const std::array<char, 256> bytes{};
    std::vector<double> samples_ms;
    const auto begun = Steady::now();
    auto next = begun;
    while (Steady::now() - begun < Seconds{seconds}) {
        std::this_thread::sleep_until(next += std::chrono::milliseconds{5});
        const auto at = Steady::now();
        if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
            ::fdatasync(file) != 0) {
            std::perror(path.c_str());
            return 1;
        }
        samples_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - at).count());
    }
    ::close(file);
    std::sort(samples_ms.begin(), samples_ms.end());
    std::printf(R"({"n":%zu,"p50":%.3f,"p99":%.3f,"p999":%.3f,"max":%.3f})"
                "\n",
                samples_ms.size(), percentile(samples_ms, 0.5), percentile(samples_ms, 0.99),
                percentile(samples_ms, 0.999), samples_ms.back());
    return 0;
}

mqtt::Options options_for(const std::string& port, const char* name) {
    mqtt::Options options;
    options.uri = "tcp://127.0.0.1:" + port;
    options.client_id = std::string{name} + "-" + std::to_string(::getpid());
    options.clean_start = true;
    options.session_expiry_s = 0;
    return options;
}

void say_ready() {
    std::puts("ready");
    std::fflush(stdout);
}

int count(const std::string& port, const std::string& filter, std::uint64_t wanted,
          double seconds) {
    std::atomic<std::uint64_t> seen{0};
    std::atomic<Steady::rep> first{0};
    std::atomic<Steady::rep> last{0};
    mqtt::Handlers handlers;
    handlers.on_ready = [](bool) { say_ready(); };
    handlers.on_message = [&](const mqtt::Message&) {
        const auto now = Steady::now().time_since_epoch().count();
        if (seen.fetch_add(1) == 0) first = now;
        last = now;
    };
    mqtt::Client client{options_for(port, "bench-count"), {{.filter = filter, .qos = 1}}, handlers};
    client.start();
    const auto end = Steady::now() + Seconds{seconds};
    while (seen < wanted && Steady::now() < end && asked_to_stop == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    client.stop();
    const Seconds took = Steady::duration{last - first};
    std::printf(R"({"messages":%llu,"seconds":%.3f,"per_s":%.0f})"
                "\n",
                static_cast<unsigned long long>(seen.load()), took.count(),
                took.count() > 0 ? static_cast<double>(seen) / took.count() : 0.0);
    return 0;
}

/// The text of a member of a flat JSON object, good enough for our own tickets.
std::string_view text_member(std::string_view json, std::string_view name) {
    const std::string start = "\"" + std::string{name} + "\":\"";
    const std::size_t at = json.find(start);
    if (at == std::string_view::npos) return {};
    json.remove_prefix(at + start.size());
    return json.substr(0, json.find('"'));
}

int tickets(const std::string& port, double seconds) {
    std::mutex mutex;
    std::unordered_set<std::string> known;
    mqtt::Handlers handlers;
    handlers.on_ready = [](bool) { say_ready(); };
    handlers.on_message = [&](const mqtt::Message& message) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const std::lock_guard lock{mutex};
        const std::string_view id = message.topic.substr(message.topic.rfind('/') + 1);
        if (message.payload.empty() || !known.emplace(id).second) return;
        const std::string_view site = text_member(message.payload, "site");
        const auto opened = parse_rfc3339(text_member(message.payload, "opened_at"));
        std::printf("%lld %.*s %lld\n",
                    static_cast<long long>(
                        std::chrono::duration_cast<std::chrono::microseconds>(now).count()),
                    static_cast<int>(site.size()), site.data(),
                    static_cast<long long>(opened ? opened->ms : 0));
    };
    mqtt::Client client{options_for(port, "bench-tickets"),
                        {{.filter = "mercaptan/v1/tickets/+", .qos = 1}},
                        handlers};
    client.start();
    const auto end = Steady::now() + Seconds{seconds};
    while (asked_to_stop == 0 && Steady::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    client.stop();
    std::fflush(stdout);
    return 0;
}

int run(const std::vector<std::string>& arguments) {
    const std::size_t given = arguments.size();
    if (given == 3 && arguments[0] == "disk") return disk(arguments[1], std::stod(arguments[2]));
    if (given == 5 && arguments[0] == "count")
        return count(arguments[1], arguments[2], std::stoull(arguments[3]),
                     std::stod(arguments[4]));
    if (given == 3 && arguments[0] == "tickets")
        return tickets(arguments[1], std::stod(arguments[2]));
    std::fputs(
        "usage: bench_probe disk FILE SECONDS | count PORT FILTER N SECONDS | tickets PORT "
        "SECONDS\n",
        stderr);
    return 2;
}

}  // namespace
}  // namespace mercaptan::bench

int main(int argc, char** argv) {
    signal(SIGTERM, mercaptan::bench::on_signal);
    signal(SIGINT, mercaptan::bench::on_signal);
    return mercaptan::bench::run({argv + 1, argv + argc});
}
