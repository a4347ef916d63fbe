create    table if not exists main."t"(id integer primary key asc,n   text  ,a text)
;
create unique   index if not exists main."t_a" on "t"("a"   ASC);
