package team.a

warn contains "team a looks at it" if input.kind == "Pod"
