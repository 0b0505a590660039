module example.com/own

go 1.19

require example.com/dependency v1.0.0
