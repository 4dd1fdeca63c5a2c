#include "tests/support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <thread>

#include "common/domain/check.h"

namespace mercaptan::test {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds{5};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// Between fork and exec only what is safe in a signal handler may be called.
[[noreturn]] void become(char* const* arguments, int output_fd) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output_fd, STDOUT_FILENO);
    dup2(output_fd, STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::filesystem::path& output) {
    const int fd = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    MERCAPTAN_CHECK(fd >= 0);
    std::vector<char*> arguments;
    for (std::string& each : command) {
        arguments.push_back(each.data());
    }
    arguments.push_back(nullptr);
    pid_ = fork();
    MERCAPTAN_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        become(arguments.data(), fd);
    }
    close(fd);
}

Process::~Process() {
    signal(SIGKILL);
    (void)wait(std::chrono::seconds{10});
}

bool Process::running() {
    return !wait(std::chrono::milliseconds{0});
}

void Process::signal(int number) const {
    if (!result_) {
        kill(pid_, number);
    }
}

std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
    (void)eventually(
        [this] {
            int status = 0;
            if (!result_ && waitpid(pid_, &status, WNOHANG) == pid_) {
                result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
            }
            return result_.has_value();
        },
        timeout);
    return result_;
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MERCAPTAN_CHECK(fd >= 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    MERCAPTAN_CHECK(bind(fd, std::bit_cast<sockaddr*>(&address), size) == 0);
    MERCAPTAN_CHECK(getsockname(fd, std::bit_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

bool accepts_connections(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MERCAPTAN_CHECK(fd >= 0);
    sockaddr_in address = loopback(port);
    const bool accepted = connect(fd, std::bit_cast<sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    return accepted;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return condition();
        }
        std::this_thread::sleep_for(kPollInterval);
    }
    return true;
}

}  // namespace mercaptan::test
