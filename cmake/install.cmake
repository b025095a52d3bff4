# What `cmake --install` lays down. The unit names the program by its full path, and --prefix may
# differ from the one given when configuring; so the unit is written while installing.
set(MAILBAN_CONFIG_DIR /etc/mailban CACHE PATH "Where the program looks for mailban.yaml")

install(TARGETS mailban RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(FILES config/mailban.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY config/commands DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS)
install(FILES systemd/mailban.sysusers DESTINATION lib/sysusers.d RENAME mailban.conf)

set(install_values "
    set(MAILBAN_BIN_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    set(MAILBAN_DOC_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")
    set(source \"${PROJECT_SOURCE_DIR}\")
    set(build \"${PROJECT_BINARY_DIR}\")
    set(configuration \"${MAILBAN_CONFIG_DIR}\")")
install(CODE "${install_values}")
install(CODE [[
    configure_file("${source}/systemd/mailban.service.in" "${build}/mailban.service" @ONLY)
    file(INSTALL "${build}/mailban.service" DESTINATION
         "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
    # An administrator's file is never overwritten.
    if(NOT EXISTS "$ENV{DESTDIR}${configuration}/mailban.yaml")
        file(INSTALL "${source}/config/mailban.yaml" DESTINATION "${configuration}")
    endif()
]])
