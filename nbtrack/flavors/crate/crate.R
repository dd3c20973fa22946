# Makes, looks at and calls crates: functions of R with what they need, serialised as MLflow's R client does.
# Rscript crate.R make SOURCE CRATE | pack SAVED CRATE | check CRATE | call CRATE QUESTION ANSWER
# What goes wrong stands in a file `error` of the working folder.
# Questions and answers are binary (columns.py says how): R reads and writes decimal numbers with other last bits.

read_int <- function(con, n = 1L) readBin(con, "integer", n, size = 4L, endian = "little")

write_int <- function(x, con) writeBin(as.integer(x), con, size = 4L, endian = "little")

read_texts <- function(con, n) {
  lengths <- read_int(con, n)
  texts <- readChar(con, pmax(lengths, 0L), useBytes = TRUE)
  Encoding(texts) <- "UTF-8"
  texts[lengths < 0L] <- NA_character_
  texts
}

write_texts <- function(texts, con) {
  texts <- enc2utf8(as.character(texts))
  lengths <- ifelse(is.na(texts), 0L, nchar(texts, "bytes"))
  write_int(ifelse(is.na(texts), -1L, lengths), con)
  # writeChar stops at the first empty text.
  writeBin(charToRaw(paste(texts[!is.na(texts)], collapse = "")), con)
}

read_columns <- function(con) {
  columns <- list()
  for (number in seq_len(read_int(con))) {
    name <- read_texts(con, 1L)
    kind <- read_int(con)
    n <- read_int(con)
    columns[[name]] <- switch(
      kind + 1L,
      readBin(con, "double", n, size = 8L, endian = "little"),
      read_int(con, n),
      as.logical(read_int(con, n)),
      if (n == 0L) character() else read_texts(con, n)
    )
  }
  columns
}

write_column <- function(name, column, con) {
  kind <- if (is.double(column)) 0L else if (is.integer(column)) 1L else if (is.logical(column)) 2L else 3L
  write_texts(name, con)
  write_int(c(kind, length(column)), con)
  if (kind == 0L) {
    writeBin(as.double(column), con, size = 8L, endian = "little")
  } else if (kind == 3L) {
    if (length(column) > 0L) write_texts(column, con)
  } else {
    write_int(column, con)
  }
}

# Dates, factors and the like are told as text.
plain <- function(column) if (is.object(column)) as.character(column) else column

write_answer <- function(answer, con) {
  shape <- if (is.data.frame(answer)) 1L else if (is.matrix(answer)) 2L else 0L
  if (shape == 2L && !is.null(colnames(answer))) shape <- 1L
  frame <- if (shape == 0L) list(answer) else unclass(as.data.frame(answer, stringsAsFactors = FALSE))
  frame <- lapply(frame, plain)
  if (!all(vapply(frame, is.atomic, NA))) {
    stop(
      "it returned a ", class(answer)[1L],
      ": it must return a vector, a matrix or a data.frame, of numbers, logicals or text"
    )
  }
  write_int(c(shape, length(frame)), con)
  for (number in seq_along(frame)) write_column(c(names(frame)[number], "")[1L], frame[[number]], con)
}

make <- function(source, crate) {
  # In an environment of its own, which the function takes along with what the script left there.
  script <- parse(text = readLines(source, encoding = "UTF-8", warn = FALSE), keep.source = FALSE)
  made <- eval(script, new.env(parent = globalenv()))
  if (!is.function(made)) stop("the script must end with a function; it ends with a ", class(made)[1L])
  saveRDS(serialize(made, NULL), crate)
}

# What saveRDS wrote of a function is taken as well as a crate.
unpack <- function(crate) {
  content <- readRDS(crate)
  made <- if (is.raw(content)) unserialize(content) else content
  if (!is.function(made)) stop("it holds a ", class(made)[1L], " and no function")
  made
}

check <- function(crate) {
  unpack(crate)
  invisible()
}

pack <- function(saved, crate) saveRDS(serialize(unpack(saved), NULL), crate)

run <- function(crate, question, answer) {
  made <- unpack(crate)
  con <- file(question, "rb")
  data <- read_columns(con)
  params <- read_columns(con)
  close(con)
  rows <- if (length(data)) length(data[[1L]]) else 0L
  data <- structure(data, class = "data.frame", row.names = .set_row_names(rows))
  given <- do.call(made, c(list(data), params))
  con <- file(answer, "wb")
  write_answer(given, con)
  close(con)
}

arguments <- commandArgs(trailingOnly = TRUE)
failure <- file.path(getwd(), "error")
tryCatch(
  do.call(switch(arguments[1L], make = make, pack = pack, check = check, call = run), as.list(arguments[-1L])),
  error = function(condition) {
    writeLines(enc2utf8(conditionMessage(condition)), failure, useBytes = TRUE)
    quit(save = "no", status = 1L)
  }
)
