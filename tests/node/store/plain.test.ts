import { postgresSubject, sqliteSubject } from '../../support/store-suite/subject.ts';
import { storeSuites } from '../../support/store-suite/suites.ts';

storeSuites('on SQLite', sqliteSubject);
storeSuites('on PostgreSQL', postgresSubject);
