CREATE TABLE t (a INT);
CREATE TABLE log (a INT);
create trigger "Tr" after insert on "t" begin
  -- remember
  insert into log values(new.a);
end;
