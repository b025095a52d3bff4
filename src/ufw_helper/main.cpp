// mailban-ufw: works ufw, which only root may, for a daemon that is not root.
//
//   mailban-ufw USER CONFIGURATION
//
// systemd starts it with a listening Unix socket as standard input when somebody connects
// (mailban-ufw.socket); it ends when nobody has been there for a while. USER and root may ask.
#include "io/firewall/ufw.h"
#include "io/ufw_helper/helper_server.h"
#include "io/ufw_helper/ufw_helper.h"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace {

namespace io = mailban::io;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

bool listens(int fd)
{
    int is_listening = 0;
    socklen_t size = sizeof is_listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
           is_listening != 0;
}

int serve(uid_t user, const std::string& configuration)
{
    io::UfwHelper helper(io::settings_from(configuration), [](const mailban::PortGroups& ports) {
        return std::make_unique<io::UfwFirewall>(ports, io::run_program);
    });
    io::asio::io_context context(1);
    io::HelperServer server(
        context, STDIN_FILENO, user,
        [&helper](mailban::UfwRequest request) { return helper.answer(request); },
        io::HelperLimits{});
    // A rule that ufw is just writing is written to its end.
    io::asio::signal_set ending(context, SIGTERM, SIGINT);
    ending.async_wait([&server](const boost::system::error_code& error, int) {
        if (!error) server.stop();
    });
    io::asio::co_spawn(context, server.run(), [&context](const std::exception_ptr& failure) {
        context.stop();
        if (failure) std::rethrow_exception(failure);
    });
    context.run();
    return 0;
}

int run(int count, char** words)
{
    if (count != 3) {
        std::cerr
            << "usage: mailban-ufw USER CONFIGURATION, with a listening socket as its input\n";
        return kWrongUsage;
    }
    const auto* user = ::getpwnam(words[1]);
    if (user == nullptr) {
        std::cerr << "there is no user " << words[1] << '\n';
        return kFailed;
    }
    if (!listens(STDIN_FILENO)) {
        std::cerr << "standard input is no listening socket\n";
        return kFailed;
    }
    return serve(user->pw_uid, words[2]);
}

}  // namespace

int main(int count, char** words)
{
    try {
        return run(count, words);
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return kFailed;
    }
}
